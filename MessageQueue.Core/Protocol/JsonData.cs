using System.Text.Json;
using System.Text.Unicode;
using MessageQueue.Protocol.Parsing;

namespace MessageQueue.Protocol;

/// <summary>Reads the data of an event that arrives alone, not as a field of a message.</summary>
internal static class JsonData
{
    // The same depth that data may have inside a message, where the message object is the first of the 64 levels.
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = JsonScanner.MaxDepth - 1 };

    /// <summary>Returns whether a text, which must be one JSON value, nests at most so deep.</summary>
    public static bool NestsAtMost(int levels, ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = JsonScanner.MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && reader.CurrentDepth >= levels)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Finds the only JSON value in a text. An empty text is valid and means no data.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="data">The value as it was written, without white space around it; empty if there is none. A slice of the text.</param>
    /// <param name="error">The reason why the text was refused.</param>
    public static bool TryRead(ReadOnlyMemory<byte> utf8, out ReadOnlyMemory<byte> data, out ProtocolError error)
    {
        data = default;
        error = default;
        if (utf8.IsEmpty)
        {
            return true;
        }

        try
        {
            if (!Utf8.IsValid(utf8.Span))
            {
                error = new ProtocolError(ErrorCode.BadJson, "the body is not UTF-8");
                return false;
            }

            Utf8JsonReader json = new(utf8.Span, Reading);
            json.Read();
            int start = (int)json.TokenStartIndex;
            json.Skip();
            data = utf8[start..(int)json.BytesConsumed];

            // Throws if anything follows the value.
            json.Read();
            return true;
        }
        catch (JsonException exception)
        {
            error = new ProtocolError(
                ErrorCode.BadJson,
                $"the body is not one JSON value of at most {Reading.MaxDepth} levels: "
                    + $"wrong at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}");
            return false;
        }
    }
}
