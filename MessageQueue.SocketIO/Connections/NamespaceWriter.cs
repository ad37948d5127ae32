using System.Buffers;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.SocketIO.Packets;
using MessageQueue.Transport;

namespace MessageQueue.SocketIO.Connections;

/// <summary>Writes the events, answers and notices of one namespace. For the apply loop only.</summary>
/// <param name="dialect">What it shares with the server's other connections.</param>
/// <param name="output">Where to write to.</param>
/// <param name="name">The namespace, UTF-8.</param>
internal sealed class NamespaceWriter(SocketIODialect dialect, OutputWriter output, byte[] name)
{
    /// <summary>Writes a stored event. Returns false if the output is full.</summary>
    public bool TryDeliver(OutgoingEvent outgoing, bool redelivered) => output.TryDeliver(dialect.Frames.Get(outgoing), redelivered);

    /// <summary>Writes several stored events together. Returns false if they do not all fit.</summary>
    public bool TryDeliver(EventRun run) => output.TryDeliver(dialect.Frames.Get(run), run.Events.Length);

    /// <summary>Writes a volatile event. Returns false if the output is full.</summary>
    /// <param name="outgoing">The event.</param>
    /// <param name="offset">The number of the stored event before it.</param>
    public bool TryDeliverVolatile(OutgoingEvent outgoing, long offset)
    {
        byte[] frames = dialect.Frames.Get(outgoing);
        if (!dialect.Options.ConnectionStateRecovery || outgoing.Stored.ExpectsReply)
        {
            return output.TryDeliver(frames, redelivered: false);
        }

        // The client takes the last argument of any event for its offset, if it is a text. So this one is the offset that it has already.
        int before = SocketIOEventFrames.BytesBeforeOffset(frames);
        int rest = frames.Length - before;
        byte[]? rented = rest > SocketIOEventFrames.OffsetBytes ? ArrayPool<byte>.Shared.Rent(rest) : null;
        Span<byte> own = rented ?? stackalloc byte[SocketIOEventFrames.OffsetBytes];
        frames.AsSpan(before).CopyTo(own);
        SocketIOEventFrames.WriteOffset(own, offset);
        bool isTaken = output.TryDeliver(frames.AsSpan(0, before), own[..rest], redelivered: false);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return isTaken;
    }

    /// <summary>Writes the answer to a client's event.</summary>
    /// <param name="id">The client's id of the event.</param>
    /// <param name="values">The values, as the JSON text between the brackets of their array.</param>
    /// <param name="attachments">Their attachments.</param>
    public void Answer(long id, ReadOnlySpan<byte> values, List<byte[]> attachments)
    {
        FrameBuilder answers = dialect.Answers;
        PacketType type = attachments.Count > 0 ? PacketType.BinaryAck : PacketType.Ack;
        PacketWriter.WriteHead(answers, type, name, id, attachments.Count);
        answers.Write("["u8);
        answers.Write(values);
        answers.Write("]"u8);
        ReadOnlySpan<byte> text = answers.FinishText();
        output.Write(attachments.Count > 0 ? SocketIOEventFrames.WithAttachments(text, attachments) : text);
    }

    /// <summary>Writes an event that is not stored.</summary>
    public void Notify(ReadOnlySpan<byte> eventName, ReadOnlyMemory<byte> argument)
    {
        FrameBuilder answers = dialect.Answers;
        PacketWriter.WriteHead(answers, PacketType.Event, name);
        PacketWriter.WriteEvent(answers, eventName);
        PacketWriter.WriteArguments(answers, argument);
        answers.Write("]"u8);
        output.Write(answers.FinishText());
    }
}
