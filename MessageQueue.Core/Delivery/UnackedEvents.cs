using System.Runtime.InteropServices;
using MessageQueue.Delivery.Inspection;
using MessageQueue.Storage;

namespace MessageQueue.Delivery;

/// <summary>
/// The events that were sent to a session and not acknowledged, ascending. Each is in flight on a connection, waits to be sent again, or
/// waits for a delay before that. Acknowledging the oldest is the usual case and costs O(1); any other costs O(log n).
/// </summary>
internal sealed class UnackedEvents
{
    private enum Place : byte
    {
        Removed,
        Waiting,
        InFlight,
        Delayed,

        // Being moved to the dead letters. It stays here until the move is durable, because after a crash before that it must still be
        // pending.
        MovingToDeadLetters,
    }

    private struct Entry
    {
        public long Sequence;

        // The connection that it was sent on last; null once that was removed.
        public ConnectionWindow? Window;
        public ushort Deliveries;
        public Place Place;

        // Whether a client asked for it to be sent again.
        public bool IsAskedFor;
    }

    private readonly List<Entry> _entries = [];
    private int _head;
    private int _firstWaiting;
    private int _nextFound;

    /// <summary>The number of events.</summary>
    public int Count { get; private set; }

    /// <summary>The number of events in flight.</summary>
    public int InFlight { get; private set; }

    /// <summary>The number of events that wait to be sent again.</summary>
    public int Waiting { get; private set; }

    /// <summary>The number of events that wait for a delay.</summary>
    public int Delayed { get; private set; }

    /// <summary>The greatest sequence ever acknowledged here.</summary>
    public long HighestAcknowledged { get; set; }

    /// <summary>The number of entries that are held, removed ones included.</summary>
    public int Capacity => _entries.Count;

    /// <summary>The oldest sequence; 0 when there is none.</summary>
    public long First => Count == 0 ? 0 : _entries[_head].Sequence;

    /// <summary>Adds an event that was just sent for the first time. Its sequence is greater than all before.</summary>
    public void AddInFlight(long sequence, ConnectionWindow window)
    {
        _entries.Add(new Entry { Sequence = sequence, Place = Place.InFlight, Window = window, Deliveries = 1 });
        Count++;
        InFlight++;
        window.InFlight++;
    }

    /// <summary>Adds an event that is pending according to the log. Its sequence is greater than all before.</summary>
    public void AddWaiting(long sequence)
    {
        _entries.Add(new Entry { Sequence = sequence, Place = Place.Waiting });
        Count++;
        Waiting++;
    }

    /// <summary>Makes the events in flight on a removed connection wait to be sent again. Delays go on.</summary>
    public void Return(ConnectionWindow window)
    {
        Span<Entry> entries = CollectionsMarshal.AsSpan(_entries)[_head..];
        foreach (ref Entry entry in entries)
        {
            if (entry.Window == window)
            {
                if (entry.Place == Place.InFlight)
                {
                    Move(ref entry, Place.Waiting);
                }

                entry.Window = null;
            }
        }

        _firstWaiting = _head;
    }

    /// <summary>Returns the next event to send again, and how often it was sent.</summary>
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

    /// <summary>Marks the event that <see cref="TryPeekWaiting"/> returned as sent on this connection.</summary>
    public void SentWaiting(ConnectionWindow window)
    {
        ref Entry entry = ref CollectionsMarshal.AsSpan(_entries)[_firstWaiting++];
        Move(ref entry, Place.InFlight);
        entry.Window = window;
        entry.Deliveries += entry.Deliveries < ushort.MaxValue ? (ushort)1 : (ushort)0;
        window.InFlight++;
    }

    /// <summary>Marks the event that <see cref="TryPeekWaiting"/> returned as being moved to the dead letters.</summary>
    public void MoveToDeadLetters() => Move(ref CollectionsMarshal.AsSpan(_entries)[_firstWaiting++], Place.MovingToDeadLetters);

    /// <summary>
    /// Copies the events that wait to be sent again into <paramref name="into"/>, from the next one on, and returns how many were copied.
    /// </summary>
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

    /// <summary>Returns how often an event was sent that is in flight or waits to be sent again; 0 for any other.</summary>
    public int DeliveriesOf(long sequence)
    {
        int index = Find(sequence);
        return index >= 0 && _entries[index].Place is Place.InFlight or Place.Waiting ? Math.Max(1, (int)_entries[index].Deliveries) : 0;
    }

    /// <summary>Returns where an event is and how often it was sent; null if it is not here. For operators.</summary>
    public (OwedStatus Status, int Deliveries)? Describe(long sequence)
    {
        int index = Find(sequence);
        if (index < 0)
        {
            return null;
        }

        Entry entry = _entries[index];
        OwedStatus status = entry.Place switch
        {
            Place.InFlight => OwedStatus.InFlight,
            Place.Delayed => OwedStatus.Delayed,
            Place.MovingToDeadLetters => OwedStatus.MovingToDeadLetters,
            _ => OwedStatus.Waiting,
        };
        return (status, Math.Max(1, (int)entry.Deliveries));
    }

    /// <summary>
    /// Takes an event out of the window until <see cref="Wake"/>. Only for an event for which <see cref="DeliveriesOf"/> is not 0.
    /// </summary>
    public void Delay(long sequence)
    {
        ref Entry entry = ref CollectionsMarshal.AsSpan(_entries)[Find(sequence)];
        entry.IsAskedFor = true;
        Move(ref entry, Place.Delayed);
    }

    /// <summary>Whether a client asked for the event to be sent again, on this connection or on one before.</summary>
    public bool IsAskedFor(long sequence)
    {
        int index = Find(sequence);
        return index >= 0 && _entries[index].IsAskedFor;
    }

    /// <summary>Whether the event waits for a delay that began after this number of deliveries.</summary>
    public bool IsDelayed(long sequence, int deliveries)
    {
        int index = Find(sequence);
        return index >= 0 && _entries[index].Place == Place.Delayed && Math.Max(1, (int)_entries[index].Deliveries) == deliveries;
    }

    /// <summary>Makes an event wait to be sent again that is in flight, waiting or delayed.</summary>
    public void Wake(long sequence)
    {
        int index = Find(sequence);
        Move(ref CollectionsMarshal.AsSpan(_entries)[index], Place.Waiting);
        _firstWaiting = Math.Min(_firstWaiting, index);
    }

    /// <summary>Removes an event. Returns false if it is not here.</summary>
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
    /// Removes every event up to this sequence. With <paramref name="only"/>, removes only those that were last sent on that connection.
    /// Returns false if there was none.
    /// </summary>
    public bool RemoveUpTo(long sequence, ConnectionWindow? only = null)
    {
        int before = Count;
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= sequence; i++)
        {
            if (_entries[i].Place != Place.Removed && (only is null || _entries[i].Window == only))
            {
                RemoveAt(i);
            }
        }

        Tidy();
        return Count != before;
    }

    /// <summary>
    /// Removes every event up to <paramref name="cursor"/> that is not among <paramref name="holes"/> (ascending). With
    /// <paramref name="only"/>, removes only those that were last sent on that connection. Returns false if there was none.
    /// </summary>
    public bool RemoveBut(long cursor, IReadOnlyList<long> holes, ConnectionWindow? only = null)
    {
        int before = Count;
        int hole = 0;
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= cursor; i++)
        {
            while (hole < holes.Count && holes[hole] < _entries[i].Sequence)
            {
                hole++;
            }

            bool isHole = hole < holes.Count && holes[hole] == _entries[i].Sequence;
            if (!isHole && _entries[i].Place != Place.Removed && (only is null || _entries[i].Window == only))
            {
                RemoveAt(i);
            }
        }

        Tidy();
        return Count != before;
    }

    /// <summary>
    /// Removes and returns the events from one sequence to another, both inclusive, without counting them as acknowledged.
    /// </summary>
    public List<long> TakeWithin(long first, long last)
    {
        List<long> taken = [];
        long highest = HighestAcknowledged;
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= last; i++)
        {
            if (_entries[i].Sequence >= first && _entries[i].Place != Place.Removed)
            {
                taken.Add(_entries[i].Sequence);
                RemoveAt(i);
            }
        }

        HighestAcknowledged = highest;
        Tidy();
        return taken;
    }

    /// <summary>Returns the events up to this sequence, oldest first.</summary>
    public List<long> UpTo(long sequence)
    {
        List<long> result = [];
        for (int i = _head; i < _entries.Count && _entries[i].Sequence <= sequence; i++)
        {
            if (_entries[i].Place != Place.Removed)
            {
                result.Add(_entries[i].Sequence);
            }
        }

        return result;
    }

    private void RemoveAt(int index)
    {
        ref Entry entry = ref CollectionsMarshal.AsSpan(_entries)[index];
        Move(ref entry, Place.Removed);
        entry.Window = null;
        Count--;
        HighestAcknowledged = Math.Max(HighestAcknowledged, entry.Sequence);
    }

    private void Move(ref Entry entry, Place to)
    {
        switch (entry.Place)
        {
            case Place.InFlight:
                InFlight--;
                entry.Window!.InFlight--;
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
        return index < _entries.Count && _entries[index].Sequence == sequence && _entries[index].Place != Place.Removed ? index : -1;
    }

    // Returns the index of the first entry whose sequence is at least this one.
    private int LowerBound(long sequence)
    {
        ReadOnlySpan<Entry> entries = CollectionsMarshal.AsSpan(_entries);
        int low = _head;
        int high = entries.Length;

        // A number beyond the last costs nothing, and a list of numbers mostly comes in order.
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
        while (_head < _entries.Count && _entries[_head].Place == Place.Removed)
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
            // One old event that is never acknowledged must not keep the entries of all that came after it.
            _entries.RemoveAll(static entry => entry.Place == Place.Removed);
            _head = 0;
            _firstWaiting = 0;
        }
    }

    private readonly struct Before(long sequence) : SortedSearch.ICondition<Entry>
    {
        public bool Holds(in Entry item) => item.Sequence < sequence;
    }
}
