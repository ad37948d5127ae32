using System.Runtime.InteropServices;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// The stays of one session in rooms that it has left and that still have pending events for it, in the order in which it left them. A
/// session is in a bounded number of rooms at any moment, so only a few stays cover any one event. To find them without looking at all
/// others, each block of stays holds the least sequence at which one of its stays began: if that is too late, the whole block is skipped.
/// </summary>
internal sealed class LeftRooms
{
    // Blocks of 32 stays, of 32 such blocks, and of 32 of those: a million stays have 31 of the largest.
    private const int LevelBits = 5;
    private const int Levels = 3;
    private const int MinSweep = 64;

    private readonly List<PastMembership> _stays = [];

    // For each level, the least JoinedAt of each block.
    private readonly List<long>[] _least = [[], [], []];
    private int _head;
    private int _sweepAt = MinSweep;

    /// <summary>The number of stays.</summary>
    public int Count => _stays.Count - _head;

    /// <summary>The stay at this index; the one that ended first is at 0.</summary>
    public PastMembership this[int index] => _stays[_head + index];

    /// <summary>The sequence at which the last stay ended; 0 if there is none.</summary>
    public long LastLeftAt => Count == 0 ? 0 : _stays[^1].LeftAt;

    /// <summary>
    /// The number of events that the stays cover. It is more than what is pending if events were acknowledged, or went to several of the
    /// rooms.
    /// </summary>
    public long Covered { get; private set; }

    /// <summary>
    /// Whether enough stays were added since the last <see cref="RemoveAll"/> to search for those without pending events.
    /// </summary>
    public bool WantsSweep => Count >= _sweepAt;

    /// <summary>Adds a stay that ended after all others.</summary>
    public void Add(in PastMembership stay)
    {
        int index = _stays.Count;
        _stays.Add(stay);
        Covered += stay.Room.Sequences.IndexAfter(stay.LeftAt) - stay.Room.Sequences.IndexAfter(stay.JoinedAt);
        for (int level = 0; level < Levels; level++)
        {
            int block = index >> (LevelBits * (level + 1));
            List<long> least = _least[level];
            if (block == least.Count)
            {
                least.Add(stay.JoinedAt);
            }
            else
            {
                least[block] = Math.Min(least[block], stay.JoinedAt);
            }
        }
    }

    /// <summary>Returns the index of the first stay that ended after this sequence; <see cref="Count"/> if none did.</summary>
    public int IndexAfter(long sequence) =>
        SortedSearch.CountWhile(CollectionsMarshal.AsSpan(_stays)[_head..], new EndedUpTo(sequence));

    /// <summary>
    /// Returns the index of the next stay, at or behind <paramref name="from"/>, that covers this sequence; −1 if there is none.
    /// </summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="from">An index at or behind the <see cref="IndexAfter"/> of the sequence before.</param>
    public int NextCovering(long sequence, int from)
    {
        for (int i = _head + from; i < _stays.Count;)
        {
            int skipped = Skip(i, sequence);
            if (skipped > 0)
            {
                i += skipped;
            }
            else if (_stays[i].Covers(sequence))
            {
                return i - _head;
            }
            else
            {
                i++;
            }
        }

        return -1;
    }

    /// <summary>Whether a stay in this room covers this sequence.</summary>
    public bool Covers(Room room, long sequence)
    {
        for (int i = NextCovering(sequence, IndexAfter(sequence - 1)); i >= 0; i = NextCovering(sequence, i + 1))
        {
            if (this[i].Room == room)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Removes the stays that ended up to this sequence. Returns false if none did.</summary>
    public bool RemoveUpTo(long sequence)
    {
        int ended = IndexAfter(sequence);
        _head += ended;
        if (ended > 0 && _head >= _stays.Count / 2)
        {
            RemoveAll(static _ => false);
        }

        return ended > 0;
    }

    /// <summary>Removes the stays for which the condition is true.</summary>
    public void RemoveAll(Predicate<PastMembership> condition)
    {
        PastMembership[] kept = [.. _stays.Skip(_head).Where(stay => !condition(stay))];
        _head = 0;
        Covered = 0;
        _stays.Clear();
        _stays.Capacity = kept.Length;
        foreach (List<long> least in _least)
        {
            least.Clear();
        }

        foreach (ref readonly PastMembership stay in kept.AsSpan())
        {
            Add(stay);
        }

        _sweepAt = Math.Max(MinSweep, 2 * kept.Length);
    }

    // Returns how many stays from this index on can be skipped, because a whole block of them began too late; 0 if none can.
    private int Skip(int index, long sequence)
    {
        for (int level = Levels - 1; level >= 0; level--)
        {
            int bits = LevelBits * (level + 1);
            if ((index & ((1 << bits) - 1)) == 0 && _least[level][index >> bits] >= sequence)
            {
                return 1 << bits;
            }
        }

        return 0;
    }

    private readonly struct EndedUpTo(long sequence) : SortedSearch.ICondition<PastMembership>
    {
        public bool Holds(in PastMembership item) => item.LeftAt <= sequence;
    }
}
