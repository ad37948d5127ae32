using MessageQueue.State.Records;
using MessageQueue.Storage;

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

    // The event as its record, which is memory that the batch brought along: an event without receivers is not decoded, and no object of
    // its own has to be kept and moved by the garbage collector. The outgoing event is made when the first receiver needs it.
    private struct Slot
    {
        public LogRecord Record;
        public OutgoingEvent? Outgoing;
    }

    /// <summary>
    /// Adds an event with a sequence greater than all before. It stays at least until the next one is added, however large it is.
    /// </summary>
    public void Add(in LogRecord record)
    {
        ref Slot slot = ref _slots[record.Sequence & (Slots - 1)];
        Remove(ref slot);
        slot.Record = record;
        _bytes += Weigh(record);
        _oldest = Math.Max(_oldest, record.Sequence - Slots + 1);
        while (_bytes > maxBytes && _oldest < record.Sequence)
        {
            Remove(ref _slots[_oldest++ & (Slots - 1)]);
        }
    }

    /// <summary>Returns the outgoing event if it is still cached, the same object each time.</summary>
    public OutgoingEvent? Find(long sequence)
    {
        ref Slot slot = ref _slots[sequence & (Slots - 1)];
        return slot.Record.Sequence == sequence ? slot.Outgoing ??= new OutgoingEvent(EmitRecord.Decode(slot.Record)) : null;
    }

    private void Remove(ref Slot slot)
    {
        if (slot.Record.Sequence != 0)
        {
            _bytes -= Weigh(slot.Record);
            slot = default;
        }
    }

    private static long Weigh(in LogRecord record) => (2L * record.Payload.Length) + Overhead;
}
