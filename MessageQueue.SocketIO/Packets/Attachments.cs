using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace MessageQueue.SocketIO.Packets;

/// <summary>
/// Takes the bytes out of arguments on their way to a client: objects with exactly the member <c>$binary</c> become placeholders, and their
/// bytes become attachments.
/// </summary>
internal static class Attachments
{
    /// <summary>
    /// How many attachments a packet to a client has at most: clients accept no more by default. What is beyond stays in the JSON text.
    /// </summary>
    public const int Most = 10;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 2 * Payload.MaxDepth };

    /// <summary>Whether a JSON text may hold bytes. A look at the text, so that nothing is parsed where there are none.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> json) => json.IndexOf("\"$binary\""u8) >= 0;

    /// <summary>
    /// Returns the bytes in a JSON value, and the value with placeholders in their places. Returns no bytes, and the value unchanged, if
    /// there are none, or if the value has a placeholder of its own: a client would take that for an attachment.
    /// </summary>
    public static List<byte[]> Extract(ReadOnlyMemory<byte> value, out ReadOnlyMemory<byte> withPlaceholders)
    {
        withPlaceholders = value;
        try
        {
            ArrayBufferWriter<byte> output = new(value.Length);
            List<byte[]> found = Extract(value.Span, output);
            withPlaceholders = found.Count > 0 ? output.WrittenMemory : value;
            return found;
        }
        catch (InvalidOperationException)
        {
            // An escape that is not Unicode, as "\ud800" is not: valid JSON, but no text.
            return [];
        }
    }

    private static List<byte[]> Extract(ReadOnlySpan<byte> span, ArrayBufferWriter<byte> output)
    {
        List<byte[]> found = [];
        Utf8JsonReader json = new(span, Options);
        int copied = 0;
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("_placeholder"u8))
            {
                return [];
            }

            int start = (int)json.TokenStartIndex;
            if (json.TokenType == JsonTokenType.StartObject && found.Count < Most && TryRead(ref json, out byte[] bytes))
            {
                output.Write(span[copied..start]);
                WritePlaceholder(found.Count, output);
                found.Add(bytes);
                copied = (int)json.BytesConsumed;
            }
        }

        output.Write(span[copied..]);
        return found;
    }

    // Moves the reader to the end of the object only if it is one of bytes.
    private static bool TryRead(ref Utf8JsonReader json, out byte[] bytes)
    {
        bytes = [];
        Utf8JsonReader inner = json;
        inner.Read();
        if (inner.TokenType != JsonTokenType.PropertyName || !inner.ValueTextEquals(BinaryObject.Name))
        {
            return false;
        }

        inner.Read();
        if (inner.TokenType != JsonTokenType.String || !inner.TryGetBytesFromBase64(out byte[]? read))
        {
            return false;
        }

        inner.Read();
        if (inner.TokenType != JsonTokenType.EndObject)
        {
            return false;
        }

        bytes = read;
        json = inner;
        return true;
    }

    private static void WritePlaceholder(int number, ArrayBufferWriter<byte> output)
    {
        output.Write("{\"_placeholder\":true,\"num\":"u8);
        Span<byte> span = output.GetSpan(11);
        Utf8Formatter.TryFormat(number, span, out int written);
        output.Advance(written);
        output.Write("}"u8);
    }
}
