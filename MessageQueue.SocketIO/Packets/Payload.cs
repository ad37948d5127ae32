using System.Text.Json;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.SocketIO.Packets;

/// <summary>
/// Reads the payloads of packets in one pass: the whole text is checked to be JSON, and no value is copied or re-encoded.
/// </summary>
internal static class Payload
{
    /// <summary>
    /// How deep a payload may nest. Several arguments are stored as one array, which the JSON protocol puts in a message: the 64th level.
    /// </summary>
    public const int MaxDepth = JsonScanner.MaxDepth - 1;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads the payload of an event: an array that starts with the event's name. Returns false if it is none.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="names">Holds a name that is written with escapes.</param>
    /// <param name="name">The event's name, of any length.</param>
    /// <param name="arguments">The other values.</param>
    public static bool TryReadEvent(
        ReadOnlyMemory<byte> payload, NameBuffer names, out ReadOnlyMemory<byte> name, out ArgumentList arguments)
    {
        name = default;
        arguments = default;
        try
        {
            Utf8JsonReader json = new(payload.Span, Options);
            return TryReadStart(ref json) && json.Read() && TryReadName(payload, ref json, names, out name)
                && !ReservedEvents.Contains(name.Span) && TryReadAll(payload, ref json, out arguments);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Reads the payload of an answer: an array, or nothing. Returns false if it is none.</summary>
    public static bool TryReadArguments(ReadOnlyMemory<byte> payload, out ArgumentList arguments)
    {
        arguments = default;
        if (payload.IsEmpty)
        {
            return true;
        }

        try
        {
            Utf8JsonReader json = new(payload.Span, Options);
            return TryReadStart(ref json) && TryReadAll(payload, ref json, out arguments);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Returns the values of an array from the reader's place to the end.</summary>
    public static ArgumentList ReadRest(ReadOnlyMemory<byte> payload, ref Utf8JsonReader json)
    {
        int count = 0;
        int start = 0;
        int end = 0;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            start = count++ == 0 ? (int)json.TokenStartIndex : start;
            json.Skip();
            end = (int)json.BytesConsumed;
        }

        return new ArgumentList(count, payload[start..end]);
    }

    private static bool TryReadStart(ref Utf8JsonReader json) => json.Read() && json.TokenType == JsonTokenType.StartArray;

    // Socket.IO allows numbers as names of events; here they are names of digits.
    private static bool TryReadName(ReadOnlyMemory<byte> payload, ref Utf8JsonReader json, NameBuffer names, out ReadOnlyMemory<byte> name)
    {
        int start = (int)json.TokenStartIndex;
        name = default;
        switch (json.TokenType)
        {
            case JsonTokenType.Number:
                name = payload[start..(int)json.BytesConsumed];
                return true;
            case JsonTokenType.String when !json.ValueIsEscaped:
                name = payload.Slice(start + 1, json.ValueSpan.Length);
                return true;
            case JsonTokenType.String:
                return JsonScanner.TryUnescape(ref json, names, out name);
            default:
                return false;
        }
    }

    private static bool TryReadAll(ReadOnlyMemory<byte> payload, ref Utf8JsonReader json, out ArgumentList arguments)
    {
        arguments = ReadRest(payload, ref json);

        // Throws if anything follows the array.
        json.Read();
        return true;
    }
}
