using System.Buffers;
using MessageQueue.SocketIO.Packets;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// A binary packet whose attachments have not all come. It holds at most as many bytes as the message may have; if there are more, it
/// forgets them all and only counts what comes, so that the packet can be refused in its place.
/// </summary>
/// <param name="packet">The packet; its memory is copied.</param>
/// <param name="maxBytes">The largest size of the payload with its attachments, in bytes.</param>
/// <param name="since">When the packet began.</param>
internal sealed class PendingPacket(in Packet packet, int maxBytes, long since)
{
    private readonly byte[] _payload = packet.Payload.ToArray();
    private readonly List<byte[]> _attachments = [];
    private long _bytes = packet.Payload.Length;
    private int _missing = packet.Attachments;

    /// <summary>The packet, without its payload.</summary>
    public Packet Packet { get; } = packet with { Namespace = packet.Namespace.ToArray(), Payload = default };

    /// <summary>When the packet began.</summary>
    public long Since { get; } = since;

    /// <summary>Whether the payload with its attachments is larger than allowed.</summary>
    public bool IsTooLarge => _bytes > maxBytes;

    /// <summary>How many bytes it holds.</summary>
    public long HeldBytes => _payload.Length + _attachments.Sum(static attachment => (long)attachment.Length);

    /// <summary>Adds the next attachment. Returns whether it was the last one.</summary>
    public bool Add(ReadOnlySpan<byte> attachment)
    {
        _bytes += BinaryPlaceholders.EncodedLength(attachment.Length);
        if (IsTooLarge)
        {
            _attachments.Clear();
        }
        else
        {
            _attachments.Add(attachment.ToArray());
        }

        return --_missing == 0;
    }

    /// <summary>
    /// Returns the packet with the attachments in its payload. Returns false if the payload does not fit its attachments.
    /// </summary>
    public bool TryComplete(out Packet complete)
    {
        // The exact size is not known: a placeholder is about as long as what is around the base64.
        ArrayBufferWriter<byte> output = new((int)_bytes);
        bool fits = BinaryPlaceholders.TryFill(_payload, _attachments, output);
        PacketType type = Packet.Type == PacketType.BinaryEvent ? PacketType.Event : PacketType.Ack;
        complete = Packet with { Type = type, Attachments = 0, Payload = output.WrittenMemory };
        return fits;
    }
}
