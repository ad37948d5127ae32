using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.Transport;

namespace MessageQueue.Connections;

/// <summary>
/// The frames of an event in the JSON event protocol: built when a receiver first needs one, then shared by all. There is one per entry of <c>to</c> that matched and
/// per <c>redelivered</c>; nearly always just one. For the apply loop only.
/// </summary>
internal sealed class EventFrames
{
    private readonly TextFrameBuilder _builder = new();

    /// <summary>The frame for receivers that this entry of <c>to</c> matched.</summary>
    public byte[] Get(StoredEvent storedEvent, int target, bool redelivered)
    {
        byte[]?[] frames = storedEvent.Frames ??= new byte[]?[2 * storedEvent.To.Length];
        return frames[(2 * target) + (redelivered ? 1 : 0)] ??= Build(storedEvent, target, redelivered);
    }

    private byte[] Build(StoredEvent storedEvent, int target, bool redelivered)
    {
        ServerMessages.WriteEvent(_builder, new EventMessage
        {
            Id = storedEvent.IsVolatile ? null : storedEvent.Sequence,
            Event = storedEvent.Event.Span,
            Data = storedEvent.Data.Span,
            Room = storedEvent.To[target].Span,
            From = storedEvent.From.Span,
            Time = storedEvent.Time,
            Redelivered = redelivered,
            Reply = storedEvent.ExpectsReply,
        });
        return _builder.Finish().ToArray();
    }
}
