using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace MessageQueue.SocketIO.Packets;

/// <summary>
/// Puts the attachments of a packet from a client into its payload: <c>{"_placeholder":true,"num":0}</c> becomes
/// <c>{"$binary":"BASE64"}</c>. All other text stays as it is.
/// </summary>
internal static class BinaryPlaceholders
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = Payload.MaxDepth };

    /// <summary>Returns how many bytes an attachment takes in the payload.</summary>
    public static long EncodedLength(int bytes) =>
        BinaryObject.Start.Length + Base64.GetMaxEncodedToUtf8Length(bytes) + BinaryObject.End.Length;

    /// <summary>
    /// Writes the payload with the attachments. Returns false, perhaps after writing a part, if the payload is not JSON, or if it does not
    /// name every attachment exactly once.
    /// </summary>
    public static bool TryFill(ReadOnlySpan<byte> payload, IReadOnlyList<byte[]> attachments, IBufferWriter<byte> output)
    {
        try
        {
            // For each open object: where it starts, and what is known of it. One pass, whatever the depth is.
            Span<OpenObject> open = stackalloc OpenObject[Payload.MaxDepth + 1];
            Span<bool> used = attachments.Count <= 64 ? stackalloc bool[attachments.Count] : new bool[attachments.Count];
            Utf8JsonReader json = new(payload, Options);
            int copied = 0;
            int filled = 0;
            while (json.Read())
            {
                ref OpenObject current = ref open[json.CurrentDepth];
                switch (json.TokenType)
                {
                    case JsonTokenType.StartObject:
                        open[json.CurrentDepth + 1] = new OpenObject { Start = (int)json.TokenStartIndex, Number = -1 };
                        break;
                    case JsonTokenType.PropertyName:
                        ReadMember(ref json, ref current);
                        break;
                    case JsonTokenType.EndObject when open[json.CurrentDepth + 1] is { IsPlaceholder: true } ended:
                        if (ended.Number < 0 || ended.Number >= attachments.Count || used[ended.Number] || ended.Start < copied)
                        {
                            return false;
                        }

                        used[ended.Number] = true;
                        filled++;
                        output.Write(payload[copied..ended.Start]);
                        BinaryObject.Write(attachments[ended.Number], output);
                        copied = (int)json.BytesConsumed;
                        break;
                }
            }

            output.Write(payload[copied..]);
            return filled == attachments.Count;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter for an escape that is not Unicode, as "\ud800" is not.
            return false;
        }
    }

    private static void ReadMember(ref Utf8JsonReader json, ref OpenObject current)
    {
        bool isMark = json.ValueTextEquals("_placeholder"u8);
        bool isNumber = json.ValueTextEquals("num"u8);
        if (!isMark && !isNumber)
        {
            return;
        }

        // Looks at the value with a copy of the reader, because an array or object has to be walked by the caller.
        Utf8JsonReader value = json;
        value.Read();
        if (isMark)
        {
            current.IsPlaceholder = value.TokenType == JsonTokenType.True;
        }
        else
        {
            current.Number = value.TokenType == JsonTokenType.Number && value.TryGetInt32(out int number) ? number : -1;
        }
    }

    private struct OpenObject
    {
        public int Start;
        public int Number;
        public bool IsPlaceholder;
    }
}
