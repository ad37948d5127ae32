using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// An event being delivered, with the frames that dialects made of it so far: each dialect makes a frame once, and all its receivers share
/// it. For the apply loop only.
/// </summary>
internal sealed class OutgoingEvent(StoredEvent stored)
{
    // By dialect, then by target, then by redelivered: one array, because nearly always one dialect needs one frame.
    private byte[]?[] _frames = [];

    /// <summary>The event as the log holds it.</summary>
    public StoredEvent Stored { get; } = stored;

    /// <summary>Returns a reference to the frame's slot, which is null until the dialect has made the frame.</summary>
    /// <param name="dialect">The dialect's number: see <see cref="DialectNumbers"/>.</param>
    /// <param name="target">Which entry of the event's <c>to</c> matched the receiver.</param>
    /// <param name="redelivered">Whether the event may have been sent to the receiver before.</param>
    public ref byte[]? Frame(int dialect, int target, bool redelivered)
    {
        int framesOfDialect = 2 * Stored.To.Length;
        int index = (dialect * framesOfDialect) + (2 * target) + (redelivered ? 1 : 0);
        if (index >= _frames.Length)
        {
            Array.Resize(ref _frames, (dialect + 1) * framesOfDialect);
        }

        return ref _frames[index];
    }
}
