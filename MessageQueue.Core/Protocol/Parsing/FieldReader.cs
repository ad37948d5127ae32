using System.Text.Json;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// Reads the fields that are more than one plain value. The scanner starts at the value and ends at the end of the value in every case.
/// </summary>
internal static class FieldReader
{
    /// <summary>Reads <c>type</c>. Any string is accepted here; an unknown type is reported later.</summary>
    public static FieldState ReadType(ref JsonScanner json, in MessageLimits limits, ClientRequest message)
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

    /// <summary>Reads a name of 1 to 128 characters.</summary>
    public static FieldState ReadName(ref JsonScanner json, out ReadOnlyMemory<byte> name)
    {
        FieldState state = json.ReadText(out name);
        return state == FieldState.Valid ? Names.Check(name.Span) : state;
    }

    /// <summary>Reads <c>id</c> as the client's own reference.</summary>
    public static FieldState ReadReference(ref JsonScanner json, in MessageLimits limits, ClientRequest message)
    {
        FieldState state = ReadName(ref json, out ReadOnlyMemory<byte> name);
        message.Reference = state == FieldState.Valid ? name : default;
        return state;
    }

    /// <summary>Reads <c>trace</c>. Whatever is not a trace parent counts as none.</summary>
    public static FieldState ReadTrace(ref JsonScanner json, in MessageLimits limits, ClientRequest message)
    {
        FieldState state = json.ReadText(out ReadOnlyMemory<byte> trace);
        message.Trace = state == FieldState.Valid && TraceParent.IsValid(trace.Span) ? trace : default;
        return FieldState.Valid;
    }

    /// <summary>Reads <c>id</c> as an event's number or an array of them.</summary>
    public static FieldState ReadNumbers(ref JsonScanner json, in MessageLimits limits, ClientRequest message) =>
        json.TokenType == JsonTokenType.StartArray ? ReadNumbers(ref json, limits.Numbers, message.Ids) : ReadNumber(ref json, message.Ids);

    /// <summary>
    /// Reads <c>to</c>: a target or an array of them. After the first wrong entry, or the first beyond the limit, the rest is skipped.
    /// </summary>
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
