using System.Runtime.InteropServices;

namespace MessageQueue.State;

/// <summary>
/// The sequences up to a session's <see cref="SessionState.Cursor"/> that are still pending according to the log, ascending. Nearly always
/// a few or none.
/// </summary>
internal sealed class HoleList
{
    private readonly List<long> _items = [];

    /// <summary>The number of holes.</summary>
    public int Count => _items.Count;

    /// <summary>The oldest hole; 0 if there is none.</summary>
    public long First => _items.Count == 0 ? 0 : _items[0];

    /// <summary>All holes, ascending.</summary>
    public IReadOnlyList<long> Items => _items;

    /// <summary>The greatest sequence that was acknowledged after it had been a hole.</summary>
    public long HighestAcknowledged { get; set; }

    /// <summary>Adds a hole greater than all others.</summary>
    public void Add(long sequence) => _items.Add(sequence);

    /// <summary>
    /// Removes every hole up to <paramref name="cursor"/> that is not among <paramref name="holes"/> (ascending), because it is
    /// acknowledged.
    /// </summary>
    public void Keep(long cursor, IReadOnlyList<long> holes)
    {
        int hole = 0;
        int kept = 0;
        Span<long> items = CollectionsMarshal.AsSpan(_items);
        for (int i = 0; i < items.Length; i++)
        {
            long sequence = items[i];
            while (hole < holes.Count && holes[hole] < sequence)
            {
                hole++;
            }

            if (sequence > cursor || (hole < holes.Count && holes[hole] == sequence))
            {
                items[kept++] = sequence;
            }
            else
            {
                HighestAcknowledged = Math.Max(HighestAcknowledged, sequence);
            }
        }

        _items.RemoveRange(kept, _items.Count - kept);
    }

    /// <summary>
    /// Removes and returns the holes from one sequence to another, both inclusive, without counting them as acknowledged.
    /// </summary>
    public List<long> TakeWithin(long first, long last)
    {
        int from = IndexOf(first);
        int count = IndexOf(last + 1) - from;
        List<long> taken = _items.GetRange(from, count);
        _items.RemoveRange(from, count);
        return taken;
    }

    /// <summary>Whether any of these sequences, after one and up to another, is a hole. Searches the shorter of the two lists.</summary>
    public bool HoldsAny(SequenceList sequences, long after, long upTo)
    {
        int first = sequences.IndexAfter(after);
        int end = sequences.IndexAfter(upTo);
        int from = IndexOf(after + 1);
        int to = IndexOf(upTo + 1);
        if (end - first < to - from)
        {
            for (int i = first; i < end; i++)
            {
                if (_items.BinarySearch(sequences[i]) >= 0)
                {
                    return true;
                }
            }

            return false;
        }

        for (int i = from; i < to; i++)
        {
            if (sequences.Contains(_items[i]))
            {
                return true;
            }
        }

        return false;
    }

    // Returns the index of the first hole that is at least this sequence.
    private int IndexOf(long sequence)
    {
        int index = _items.BinarySearch(sequence);
        return index < 0 ? ~index : index;
    }
}
