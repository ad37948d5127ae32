using System.Runtime.InteropServices;
using MessageQueue.Storage;

namespace MessageQueue.Delivery;

/// <summary>
/// The events that were sent to a session and not acknowledged, ascending. Each is in flight on a connection, waits to be sent again, or
/// waits out a delay before that. Acknowledging the oldest is the usual case and costs O(1), any other O(log n).
/// </summary>
internal sealed class UnackedEvents
{
    private enum Place : byte
    {
        Gone,
        Waiting,
        InFlight,
        Delayed,

        // On its way to the dead letters; here until that is durable, because a crash before must find it owed.
        Leaving,
    }

    private struct Entry
    {
        public long Sequence;

        // The connection that had it last; null once that is gone.
        public ConnectionWindow? ConnectionWindow;
        public ushort Deliveries;
        public Place Place;
    }

    private readonly List<Entry> _entries = [];
    private int _head;
    private int _firstWaiting;
    private int _nextFound;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them are in flight.</summary>
    public int InFlight { get; private set; }

    /// <summary>How many of them wait to be sent again.</summary>
    public int Waiting { get; private set; }

    /// <summary>How many of them wait out a delay.</summary>
    public int Delayed { get; private set; }

    /// <summary>The greatest sequence ever acknowledged here.</summary>
    public long HighestAcknowledged { get; set; }

    /// <summary>How many places are held for them.</summary>
    public int Capacity => _entries.Count;

    /// <summary>The oldest sequence; 0 when there is none.</summary>
    public long First => Count == 0 ? 0 : _entries[_head].Sequence;

    /// <summary>Adds an event just sent for the first time; greater than all before.</summary>
    public void AddInFlight(long sequence, ConnectionWindow consumer)
    {
        _entries.Add(new Entry { Sequence = sequence, Place = Place.InFlight, ConnectionWindow = consumer, Deliveries = 1 });
        Count++;
        InFlight++;
        consumer.InFlight++;
    }

    /// <summary>Adds an event that the log says is owed still; greater than all before.</summary>
    public void AddWaiting(long sequence)
    {
        _entries.Add(new Entry { Sequence = sequence, Place = Place.Waiting });
        Count++;
        Waiting++;
    }

    /// <summary>The connection is gone: all that was in flight on it waits again. A delay goes on.</summary>
    public void Return(ConnectionWindow consumer)
    {
        Span<Entry> entries = CollectionsMarshal.AsSpan(_entries)[_head..];
        foreach (ref Entry entry in entries)
        {
            if (entry.ConnectionWindow == consumer)
            {
                if (entry.Place == Place.InFlight)
                {
                    Move(ref entry, Place.Waiting);
                }

                entry.ConnectionWindow = null;
            }
        }

        _firstWaiting = _head;
    }

    /// <summary>The next event to be sent again, and how often it was sent.</summary>
    public bool TryPeekWaiting(out long sequence, out int deliveries)
    {
        _firstWaiting = Math.Max(_firstWaiting, _head);
        while (Waiting > 0)
        {
            Entry entry = _entries[_firstWaiting];
            if (entry.Place == Place.Waiting)
            {
                (sequence, deliveries) = (entry.Sequence, entry.Deliveries);
                return true;
            }

            _firstWaiting++;
        }

        (sequence, deliveries) = (0, 0);
        return false;
    }

    /// <summary>The event that <see cref="TryPeekWaiting"/> gave was sent.</summary>
    public void SentWaiting(ConnectionWindow consumer)
    {
        ref Entry entry = ref CollectionsMarshal.AsSpan(_entries)[_firstWaiting++];
        Move(ref entry, Place.InFlight);
        entry.ConnectionWindow = consumer;
        entry.Deliveries += entry.Deliveries < ushort.MaxValue ? (ushort)1 : (ushort)0;
        consumer.InFlight++;
    }

    /// <summary>The event that <see cref="TryPeekWaiting"/> gave is on its way to the dead letters.</summary>
    public void MoveToDeadLetters() => Move(ref CollectionsMarshal.AsSpan(_entries)[_firstWaiting++], Place.Leaving);

    /// <summary>Up to <paramref name="into"/>'s length of the events waiting to be sent again, from the next one on.</summary>
    public int CopyWaiting(Span<long> into)
    {
        int count = 0;
        for (int i = Math.Max(_firstWaiting, _head); i < _entries.Count && count < into.Length && count < Waiting; i++)
        {
            if (_entries[i].Place == Place.Waiting)
            {
                into[count++] = _entries[i].Sequence;
            }
        }

        return count;
    }

    /// <summary>How often an event was sent that is in flight or waits to be; 0 for any other.</summary>
    public int DeliveriesOf(long sequence)
    {
        int index = Find(sequence);
        return index >= 0 && _entries[index].Place is Place.InFlight or Place.Waiting ? Math.Max(1, (int)_entries[index].Deliveries) : 0;
    }

    /// <summary>Takes an event of which <see cref="DeliveriesOf"/> knows out of the window, until <see cref="Wake"/>.</summary>
    public void Delay(long sequence) => Move(ref CollectionsMarshal.AsSpan(_entries)[Find(sequence)], Place.Delayed);

    /// <summary>Whether the event waits out the delay that began when it had been sent so often.</summary>
    public bool IsDelayed(long sequence, int deliveries)
    {
        int index = Find(sequence);
        return index >= 0 && _entries[index].Place == Place.Delayed && Math.Max(1, (int)_entries[index].Deliveries) == deliveries;
    }

    /// <summary>Has an event sent again that is in flight, waiting or delayed.</summary>
    public void Wake(long sequence)
    {
        int index = Find(sequence);
        Move(ref CollectionsMarshal.AsSpan(_entries)[index], Place.Waiting);
        _firstWaiting = Math.Min(_firstWaiting, index);
    }

    /// <summary>Takes an event out for good. False when it is not here.</summary>
    public bool Remove(long sequence)
    {
        int index = Count > 0 && _entries[_head].Sequence == sequence ? _head : Find(sequence);
        if (index < 0)
        {
            return false;
        }

        RemoveAt(index);
        Tidy();
        return true;
    }

    /// <summary>
    /// Takes out every event up to this sequence; where a consumer is given, only those sent on it last. False when there was none.
    /// </summary>
    public bool RemoveUpTo(long sequence, ConnectionWindow? only = null)
    {
        int before = Count;
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= sequence; i++)
        {
            if (_entries[i].Place != Place.Gone && (only is null || _entries[i].ConnectionWindow == only))
            {
                RemoveAt(i);
            }
        }

        Tidy();
        return Count != before;
    }

    /// <summary>Takes out every event up to <paramref name="cursor"/> that is not among <paramref name="holes"/> (ascending).</summary>
    public void RemoveBut(long cursor, IReadOnlyList<long> holes)
    {
        int hole = 0;
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= cursor; i++)
        {
            while (hole < holes.Count && holes[hole] < _entries[i].Sequence)
            {
                hole++;
            }

            bool isHole = hole < holes.Count && holes[hole] == _entries[i].Sequence;
            if (!isHole && _entries[i].Place != Place.Gone)
            {
                RemoveAt(i);
            }
        }

        Tidy();
    }

    /// <summary>Takes out the events from one sequence to another, both inclusive, without their having been acknowledged.</summary>
    public List<long> TakeWithin(long first, long last)
    {
        List<long> taken = [];
        long highest = HighestAcknowledged;
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= last; i++)
        {
            if (_entries[i].Sequence >= first && _entries[i].Place != Place.Gone)
            {
                taken.Add(_entries[i].Sequence);
                RemoveAt(i);
            }
        }

        HighestAcknowledged = highest;
        Tidy();
        return taken;
    }

    /// <summary>The events up to this sequence, oldest first.</summary>
    public List<long> UpTo(long sequence)
    {
        List<long> result = [];
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= sequence; i++)
        {
            if (_entries[i].Place != Place.Gone)
            {
                result.Add(_entries[i].Sequence);
            }
        }

        return result;
    }

    private void RemoveAt(int index)
    {
        ref Entry entry = ref CollectionsMarshal.AsSpan(_entries)[index];
        Move(ref entry, Place.Gone);
        entry.ConnectionWindow = null;
        Count--;
        HighestAcknowledged = Math.Max(HighestAcknowledged, entry.Sequence);
    }

    private void Move(ref Entry entry, Place to)
    {
        switch (entry.Place)
        {
            case Place.InFlight:
                InFlight--;
                entry.ConnectionWindow!.InFlight--;
                break;
            case Place.Waiting:
                Waiting--;
                break;
            case Place.Delayed:
                Delayed--;
                break;
        }

        InFlight += to == Place.InFlight ? 1 : 0;
        Waiting += to == Place.Waiting ? 1 : 0;
        Delayed += to == Place.Delayed ? 1 : 0;
        entry.Place = to;
    }

    private int Find(long sequence)
    {
        int index = LowerBound(sequence);
        return index < _entries.Count && _entries[index].Sequence == sequence && _entries[index].Place != Place.Gone ? index : -1;
    }

    // The first place whose sequence is at least this one.
    private int LowerBound(long sequence)
    {
        ReadOnlySpan<Entry> entries = CollectionsMarshal.AsSpan(_entries);
        int low = _head;
        int high = entries.Length;

        // Numbers that are nowhere near cost nothing, and a list of them comes in order as a rule.
        if (low == high || sequence > entries[^1].Sequence)
        {
            return high;
        }

        for (int i = Math.Max(low, _nextFound - 1); i < high && i <= _nextFound; i++)
        {
            if (entries[i].Sequence == sequence)
            {
                _nextFound = i + 1;
                return i;
            }
        }

        low += SortedSearch.CountWhile(entries[low..], new Before(sequence));
        _nextFound = low + 1;
        return low;
    }

    private void Tidy()
    {
        while (_head < _entries.Count && _entries[_head].Place == Place.Gone)
        {
            _head++;
        }

        if (_head == _entries.Count)
        {
            _entries.Clear();
            _head = 0;
            _firstWaiting = 0;
        }
        else if (_entries.Count > 64 && _entries.Count > 2 * Count)
        {
            // One old event that is never acknowledged must not keep the places of all that came after it.
            _entries.RemoveAll(static entry => entry.Place == Place.Gone);
            _head = 0;
            _firstWaiting = 0;
        }
    }

    private readonly struct Before(long sequence) : SortedSearch.ICondition<Entry>
    {
        public bool Holds(in Entry item) => item.Sequence < sequence;
    }
}
