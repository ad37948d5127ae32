using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// The most recent events, so that a receiver that is nearly up to date needs no disk. Bounded by bytes and by count; the oldest is removed
/// first.
/// </summary>
internal sealed class EventCache(long maxBytes)
{
    // A power of two, so that the low bits of a sequence are its slot. Sequences are nearly dense, so few slots are wasted.
    private const int Slots = 1 << 16;

    // The cost of an event beyond its payload and its frame, which is a little longer than the payload.
    private const int Overhead = 360;

    private readonly Slot[] _slots = new Slot[Slots];
    private long _oldest = 1;
    private long _bytes;

    // The outgoing event is made when the first receiver needs it: an event without receivers costs no more than itself.
    private struct Slot
    {
        public StoredEvent? Stored;
        public OutgoingEvent? Outgoing;
    }

    /// <summary>
    /// Adds an event with a sequence greater than all before. It stays at least until the next one is added, however large it is.
    /// </summary>
    public void Add(StoredEvent storedEvent)
    {
        ref Slot slot = ref _slots[storedEvent.Sequence & (Slots - 1)];
        Remove(ref slot);
        slot.Stored = storedEvent;
        _bytes += Weigh(storedEvent);
        _oldest = Math.Max(_oldest, storedEvent.Sequence - Slots + 1);
        while (_bytes > maxBytes && _oldest < storedEvent.Sequence)
        {
            Remove(ref _slots[_oldest++ & (Slots - 1)]);
        }
    }

    /// <summary>Returns the outgoing event if it is still cached, the same object each time.</summary>
    public OutgoingEvent? Find(long sequence)
    {
        ref Slot slot = ref _slots[sequence & (Slots - 1)];
        return slot.Stored?.Sequence == sequence ? slot.Outgoing ??= new OutgoingEvent(slot.Stored) : null;
    }

    private void Remove(ref Slot slot)
    {
        if (slot.Stored is not null)
        {
            _bytes -= Weigh(slot.Stored);
            slot = default;
        }
    }

    private static long Weigh(StoredEvent storedEvent) => (2L * storedEvent.PayloadBytes) + Overhead;
}
