using System.Runtime.InteropServices;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// The rooms that one session left while they owed it something, in the order in which it left them. At any moment a session is in a
/// bounded number of rooms, so that few of the stays here cover any one event; least sequences of blocks find those few without a look at
/// the others.
/// </summary>
internal sealed class LeftRooms
{
    // Blocks of 32, of 32 of these, and of 32 of those: a million stays have 31 of the largest.
    private const int LevelBits = 5;
    private const int Levels = 3;
    private const int MinSweep = 64;

    private readonly List<PastMembership> _stays = [];

    // For each level the least JoinedAt in each of its blocks.
    private readonly List<long>[] _least = [[], [], []];
    private int _head;
    private int _sweepAt = MinSweep;

    /// <summary>How many there are.</summary>
    public int Count => _stays.Count - _head;

    /// <summary>The stay at this place, the one that ended first at 0.</summary>
    public PastMembership this[int index] => _stays[_head + index];

    /// <summary>When the last of them ended; 0 when there is none.</summary>
    public long LastLeftAt => Count == 0 ? 0 : _stays[^1].LeftAt;

    /// <summary>
    /// How many events the stays cover: more than what is owed, where that is little by now or went to several of the rooms.
    /// </summary>
    public long Covered { get; private set; }

    /// <summary>Whether enough were added since the last <see cref="RemoveAll"/> to look for those that owe nothing any more.</summary>
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

    /// <summary>The place of the first that ended after this sequence; <see cref="Count"/> when none did.</summary>
    public int IndexAfter(long sequence) =>
        SortedSearch.CountWhile(CollectionsMarshal.AsSpan(_stays)[_head..], new EndedUpTo(sequence));

    /// <summary>The place, at or behind <paramref name="from"/>, of the next that covers this sequence; −1 when there is none.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="from">A place at or behind <see cref="IndexAfter"/> of the sequence before.</param>
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

    /// <summary>Forgets those that ended up to this sequence. False when none did.</summary>
    public bool RemoveUpTo(long sequence)
    {
        int settled = IndexAfter(sequence);
        _head += settled;
        if (settled > 0 && _head >= _stays.Count / 2)
        {
            RemoveAll(static _ => false);
        }

        return settled > 0;
    }

    /// <summary>Forgets those of which this is true.</summary>
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

    // How many from this place on began too late, as far as a whole block says so.
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
