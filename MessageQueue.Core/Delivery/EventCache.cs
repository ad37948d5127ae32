using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>The most recent events, so that a receiver who is nearly up to date needs no disk. Bounded by bytes and by count; the oldest goes first.</summary>
internal sealed class EventCache(long maxBytes)
{
    // A power of two, so that a sequence finds its slot by its low bits: sequences are nearly dense, so slots are rarely wasted.
    private const int Slots = 1 << 16;

    // What an event costs beside its payload and its frame, which is a little longer than the payload.
    private const int Overhead = 360;

    private readonly OutgoingEvent?[] _slots = new OutgoingEvent?[Slots];
    private long _oldest = 1;
    private long _bytes;

    /// <summary>Adds an event whose sequence is greater than all before, and returns it as it goes out.</summary>
    public OutgoingEvent Add(StoredEvent storedEvent)
    {
        OutgoingEvent outgoing = new(storedEvent);
        ref OutgoingEvent? slot = ref _slots[storedEvent.Sequence & (Slots - 1)];
        Remove(ref slot);
        slot = outgoing;
        _bytes += Weigh(storedEvent);
        _oldest = Math.Max(_oldest, storedEvent.Sequence - Slots + 1);
        while (_bytes > maxBytes && _oldest < storedEvent.Sequence)
        {
            Remove(ref _slots[_oldest++ & (Slots - 1)]);
        }

        return outgoing;
    }

    /// <summary>The event, when it is still here.</summary>
    public OutgoingEvent? Find(long sequence)
    {
        OutgoingEvent? found = _slots[sequence & (Slots - 1)];
        return found?.Stored.Sequence == sequence ? found : null;
    }

    private void Remove(ref OutgoingEvent? slot)
    {
        if (slot is not null)
        {
            _bytes -= Weigh(slot.Stored);
            slot = null;
        }
    }

    private static long Weigh(StoredEvent storedEvent) => (2L * storedEvent.PayloadBytes) + Overhead;
}
