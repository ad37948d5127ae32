namespace MessageQueue.SocketIO.Packets;

/// <summary>A packet from a client whose payload is not read yet. All memory is a slice of the text that it was read from.</summary>
/// <param name="Type">The type.</param>
/// <param name="Namespace">The namespace as the client wrote it, with its first slash; empty for <c>/</c>.</param>
/// <param name="Id">The id that pairs an event with its answer; null for none.</param>
/// <param name="Attachments">The number of binary messages that follow; 0 for other types than binary ones.</param>
/// <param name="Payload">The rest of the text; empty for none.</param>
internal readonly record struct Packet(
    PacketType Type, ReadOnlyMemory<byte> Namespace, long? Id, int Attachments, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The largest id: the largest integer that JavaScript counts exactly.</summary>
    public const long MaxId = (1L << 53) - 1;

    /// <summary>
    /// Reads a packet without its payload: <c>TYPE[ATTACHMENTS-][/NAMESPACE,][ID][PAYLOAD]</c>. Returns false if the text is no packet.
    /// </summary>
    public static bool TryRead(ReadOnlyMemory<byte> text, int maxAttachments, out Packet packet)
    {
        packet = default;
        ReadOnlySpan<byte> span = text.Span;
        if (span.IsEmpty || span[0] is < (byte)'0' or > (byte)'6')
        {
            return false;
        }

        PacketType type = (PacketType)(span[0] - '0');
        int next = 1;
        int attachments = 0;
        if (type is PacketType.BinaryEvent or PacketType.BinaryAck)
        {
            if (!TryReadNumber(span, ref next, maxAttachments, out long count) || next == span.Length || span[next] != '-')
            {
                return false;
            }

            attachments = (int)count;
            next++;
        }

        ReadOnlyMemory<byte> ns = ReadNamespace(text, ref next);
        long? id = null;
        if (next < span.Length && char.IsAsciiDigit((char)span[next]))
        {
            if (!TryReadNumber(span, ref next, MaxId, out long number))
            {
                return false;
            }

            id = number;
        }

        packet = new Packet(type, ns, id, attachments, text[next..]);
        return true;
    }

    private static ReadOnlyMemory<byte> ReadNamespace(ReadOnlyMemory<byte> text, ref int next)
    {
        ReadOnlySpan<byte> rest = text.Span[next..];
        if (rest is not [(byte)'/', ..])
        {
            return default;
        }

        int length = rest.IndexOf((byte)',');
        int start = next;
        next += length < 0 ? rest.Length : length + 1;
        ReadOnlyMemory<byte> ns = text.Slice(start, length < 0 ? rest.Length : length);
        return ns.Length == 1 ? default : ns;
    }

    // Stops at the limit, so that no number is too long for a long.
    private static bool TryReadNumber(ReadOnlySpan<byte> text, ref int next, long limit, out long number)
    {
        number = 0;
        int first = next;
        while (next < text.Length && char.IsAsciiDigit((char)text[next]))
        {
            number = (number * 10) + (text[next++] - '0');
            if (number > limit)
            {
                return false;
            }
        }

        return next > first;
    }
}
