using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// The frames of events in one encoding of one dialect. A frame is made when the first receiver needs it, then shared by all. There is one
/// frame per entry of <c>to</c> that matched and per <c>redelivered</c>, nearly always just one. What is written for an event may consist
/// of several frames of a transport. For the apply loop only.
/// </summary>
internal abstract class EventFrames(DialectNumbers dialects)
{
    private readonly SharedBytes _runs = new();

    /// <summary>The dialect's number.</summary>
    protected int Dialect { get; } = dialects.Next();

    /// <summary>Returns the frame for receivers that this entry of <c>to</c> matched.</summary>
    public byte[] Get(OutgoingEvent outgoing, int target, bool redelivered)
    {
        ref byte[]? frame = ref outgoing.Frame(Dialect, target, redelivered);
        return frame ??= Build(outgoing.Stored, target, redelivered).ToArray();
    }

    /// <summary>
    /// Returns the frames of a run, one after the other. They are not kept with the events: who gets one of them later is rare, and has it
    /// made again.
    /// </summary>
    public ReadOnlyMemory<byte> Get(EventRun run)
    {
        ref ReadOnlyMemory<byte> frames = ref run.Frames(Dialect);
        if (frames.IsEmpty)
        {
            foreach (StoredEvent stored in run.Events)
            {
                _runs.Append(Build(stored, target: 0, redelivered: false));
            }

            frames = _runs.Finish();
        }

        return frames;
    }

    /// <summary>Makes the frame. It may be overwritten by the next one.</summary>
    protected abstract ReadOnlySpan<byte> Build(StoredEvent stored, int target, bool redelivered);
}
