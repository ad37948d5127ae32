using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>The fields that are more than one plain value. The scanner is at the value, and afterwards at its end, whatever it was.</summary>
internal static class FieldReader
{
    /// <summary><c>type</c>: any string is allowed here, however odd, and is then an unknown type.</summary>
    public static FieldState ReadType(ref JsonScanner json, ClientRequest message)
    {
        FieldState state = json.ReadText(out ReadOnlyMemory<byte> name);
        if (state == FieldState.Mistyped)
        {
            return state;
        }

        bool known = MessageTypes.TryFind(name.Span, out ClientRequestType type);
        message.Type = type;
        return known ? FieldState.Valid : FieldState.NotAllowed;
    }

    /// <summary>A name of 1 to 128 characters.</summary>
    public static FieldState ReadName(ref JsonScanner json, out ReadOnlyMemory<byte> name)
    {
        FieldState state = json.ReadText(out name);
        return state == FieldState.Valid ? Names.Check(name.Span) : state;
    }

    /// <summary><c>id</c>, as both of the things that it may be; which one it had to be is known when the type is.</summary>
    public static (FieldState Reference, FieldState Numbers) ReadId(ref JsonScanner json, int maxNumbers, ClientRequest message)
    {
        message.Reference = default;
        message.Ids.Clear();
        switch (json.TokenType)
        {
            case JsonTokenType.String:
                FieldState state = ReadName(ref json, out ReadOnlyMemory<byte> name);
                message.Reference = state == FieldState.Valid ? name : default;
                return (state, FieldState.Mistyped);
            case JsonTokenType.Number:
                return (FieldState.Mistyped, ReadNumber(ref json, message.Ids));
            case JsonTokenType.StartArray:
                return (FieldState.Mistyped, ReadNumbers(ref json, maxNumbers, message.Ids));
            default:
                json.Skip();
                return (FieldState.Mistyped, FieldState.Mistyped);
        }
    }

    /// <summary><c>to</c>: a target or an array of them. After the first faulty entry, or the first too many, the others are only passed over.</summary>
    public static FieldState ReadTargets(ref JsonScanner json, int maxRooms, List<ReadOnlyMemory<byte>> targets)
    {
        targets.Clear();
        if (json.TokenType != JsonTokenType.StartArray)
        {
            return ReadTarget(ref json, maxRooms, targets);
        }

        FieldState state = FieldState.Empty;
        bool faulty = false;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (faulty)
            {
                json.Skip();
                continue;
            }

            state = ReadTarget(ref json, maxRooms, targets);
            faulty = state != FieldState.Valid;
        }

        return state;
    }

    private static FieldState ReadTarget(ref JsonScanner json, int maxRooms, List<ReadOnlyMemory<byte>> targets)
    {
        if (targets.Count == maxRooms)
        {
            json.Skip();
            return FieldState.TooMany;
        }

        FieldState state = json.ReadText(out ReadOnlyMemory<byte> target);
        state = state == FieldState.Valid ? Names.CheckTarget(target.Span) : state;
        if (state == FieldState.Valid)
        {
            targets.Add(target);
        }

        return state;
    }

    private static FieldState ReadNumbers(ref JsonScanner json, int maxNumbers, List<long> numbers)
    {
        FieldState state = FieldState.Empty;
        bool faulty = false;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (faulty)
            {
                json.Skip();
                continue;
            }

            if (numbers.Count == maxNumbers)
            {
                json.Skip();
                (state, faulty) = (FieldState.TooMany, true);
                continue;
            }

            state = ReadNumber(ref json, numbers);
            faulty = state != FieldState.Valid;
        }

        return state;
    }

    private static FieldState ReadNumber(ref JsonScanner json, List<long> numbers)
    {
        FieldState state = json.ReadInteger(1, JsonScanner.MaxSafeInteger, out long number);
        if (state == FieldState.Valid)
        {
            numbers.Add(number);
        }

        return state;
    }
}
