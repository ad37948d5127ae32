using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.SocketIO.Packets;
using MessageQueue.State;
using MessageQueue.Transport;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// The frames of events in Socket.IO: one text frame, and a binary frame for each attachment. For the apply loop only.
/// </summary>
/// <remarks>
/// With offsets, an event ends with its number as a text, unless it expects an answer: then the number is the id of the answer. A volatile
/// event has no number, and gets that of the event before it, which depends on the receiver: <see cref="WriteOffset"/>.
/// </remarks>
/// <param name="dialects">Numbers the dialects of the server.</param>
/// <param name="hasOffsets">Whether events end with their number.</param>
internal sealed class SocketIOEventFrames(DialectNumbers dialects, bool hasOffsets) : EventFrames(dialects)
{
    /// <summary>The length of <c>,"0000000000000000001"]</c>, with which a volatile event ends.</summary>
    public const int OffsetBytes = OffsetDigits + 4;

    // The longest number, so that the length of a frame does not depend on the receiver.
    private const int OffsetDigits = 19;

    private readonly FrameBuilder _builder = new();

    /// <summary>The number of events that were built.</summary>
    public long Built { get; private set; }

    /// <summary>Returns the frames of an event. They are the same for all receivers.</summary>
    public byte[] Get(OutgoingEvent outgoing) => Get(outgoing, target: 0, redelivered: false);

    /// <summary>Returns how much of the frames of a volatile event comes before the offset, which is part of the text frame.</summary>
    public static int BytesBeforeOffset(ReadOnlySpan<byte> frames)
    {
        int text = frames[1] switch
        {
            < 126 => 2 + frames[1],
            126 => 4 + BinaryPrimitives.ReadUInt16BigEndian(frames[2..]),
            _ => WebSocketFrame.MaxHeaderBytes + (int)BinaryPrimitives.ReadUInt64BigEndian(frames[2..]),
        };
        return text - OffsetBytes;
    }

    /// <summary>Writes the end of a volatile event's text frame.</summary>
    public static void WriteOffset(Span<byte> destination, long offset)
    {
        ",\""u8.CopyTo(destination);
        Utf8Formatter.TryFormat(offset, destination[2..], out _, new StandardFormat('D', OffsetDigits));
        "\"]"u8.CopyTo(destination[(2 + OffsetDigits)..]);
    }

    /// <inheritdoc />
    protected override ReadOnlySpan<byte> Build(StoredEvent stored, int target, bool redelivered)
    {
        Built++;
        ReadOnlyMemory<byte> data = stored.Data;
        List<byte[]> attachments = Attachments.MayBeIn(data.Span) ? Attachments.Extract(data, out data) : [];
        PacketType type = attachments.Count > 0 ? PacketType.BinaryEvent : PacketType.Event;
        PacketWriter.WriteHead(
            _builder, type, stored.Namespace.Span, stored.ExpectsReply ? stored.Sequence : null, attachments.Count);
        PacketWriter.WriteEvent(_builder, stored.Event.Span);
        PacketWriter.WriteArguments(_builder, PacketWriter.Arguments(data, stored.HasSeveralArguments));
        WriteEnd(stored);
        ReadOnlySpan<byte> text = _builder.FinishText();
        return attachments.Count > 0 ? WithAttachments(text, attachments) : text;
    }

    /// <summary>Returns a text frame and the frames of its attachments.</summary>
    public static byte[] WithAttachments(ReadOnlySpan<byte> text, List<byte[]> attachments)
    {
        byte[] frames = new byte[text.Length + attachments.Sum(static bytes => WebSocketFrame.HeaderBytes(bytes.Length) + bytes.Length)];
        text.CopyTo(frames);
        int next = text.Length;
        foreach (byte[] attachment in attachments)
        {
            next += WebSocketFrame.WriteHeader(frames.AsSpan(next), attachment.Length, isBinary: true);
            attachment.CopyTo(frames, next);
            next += attachment.Length;
        }

        return frames;
    }

    private void WriteEnd(StoredEvent stored)
    {
        Span<byte> end = _builder.GetSpan(OffsetBytes);
        if (!hasOffsets || stored.ExpectsReply)
        {
            end[0] = (byte)']';
            _builder.Advance(1);
        }
        else if (stored.IsVolatile)
        {
            WriteOffset(end, 0);
            _builder.Advance(OffsetBytes);
        }
        else
        {
            ",\""u8.CopyTo(end);
            Utf8Formatter.TryFormat(stored.Sequence, end[2..], out int digits);
            "\"]"u8.CopyTo(end[(2 + digits)..]);
            _builder.Advance(digits + 4);
        }
    }
}
