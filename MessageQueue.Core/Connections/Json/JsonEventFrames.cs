using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Transport;

namespace MessageQueue.Connections.Json;

/// <summary>The frames of events, and of who is in a room, in the JSON protocol.</summary>
internal sealed class JsonEventFrames(DialectNumbers dialects) : EventFrames(dialects)
{
    private readonly FrameBuilder _builder = new();

    /// <summary>Returns the frame that tells who is in a room.</summary>
    public byte[] Get(PresenceMessage message)
    {
        ref byte[]? frame = ref message.Frame(Dialect);
        return frame ??= Build(message);
    }

    /// <inheritdoc />
    protected override ReadOnlySpan<byte> Build(StoredEvent stored, int target, bool redelivered)
    {
        ServerMessages.WriteEvent(_builder, new EventMessage
        {
            Id = stored.IsVolatile ? null : stored.Sequence,
            Event = stored.Event.Span,
            Data = stored.Data.Span,
            HasSeveralArguments = stored.HasSeveralArguments,
            Room = stored.To[target].Span,
            From = stored.From.Span,
            Time = stored.Time,
            Redelivered = redelivered,
            Reply = stored.ExpectsReply,
            Trace = stored.Trace.Span,
        });
        return _builder.FinishText();
    }

    private byte[] Build(PresenceMessage message)
    {
        ServerMessages.WritePresence(_builder, message);
        return _builder.FinishText().ToArray();
    }
}
