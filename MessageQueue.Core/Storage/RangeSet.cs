using System.Runtime.InteropServices;

namespace MessageQueue.Storage;

/// <summary>A set of sequences, held as ascending ranges with at least one sequence between any two.</summary>
internal sealed class RangeSet
{
    private readonly List<SequenceRange> _ranges = [];

    /// <summary>Makes an empty set.</summary>
    public RangeSet()
    {
    }

    /// <summary>Makes a set of these ranges, which may overlap.</summary>
    /// <exception cref="ArgumentException">A range ends before it begins.</exception>
    public RangeSet(IEnumerable<SequenceRange> ranges)
    {
        foreach (SequenceRange range in ranges)
        {
            if (range.First > range.Last)
            {
                throw new ArgumentException($"The range {range.First} to {range.Last} ends before it begins.", nameof(ranges));
            }

            Add(range);
        }
    }

    /// <summary>The ranges, ascending.</summary>
    public IReadOnlyList<SequenceRange> Items => _ranges;

    /// <summary>Adds a range and joins it with those that it overlaps or touches.</summary>
    public void Add(SequenceRange range)
    {
        int index = Find(range.First);
        index = index >= 0 && _ranges[index].Last >= range.First - 1 ? index : index + 1;
        while (index < _ranges.Count && _ranges[index].First <= range.Last + 1)
        {
            SequenceRange held = _ranges[index];
            range = new SequenceRange(Math.Min(range.First, held.First), Math.Max(range.Last, held.Last));
            _ranges.RemoveAt(index);
        }

        _ranges.Insert(index, range);
    }

    /// <summary>Returns whether the sequence is in the set.</summary>
    public bool Contains(long sequence) => Covers(sequence, sequence);

    /// <summary>Returns whether all of these sequences are in the set; true for an empty range.</summary>
    public bool Covers(long first, long last)
    {
        int index = Find(first);
        return first > last || (index >= 0 && last <= _ranges[index].Last);
    }

    /// <summary>
    /// Returns the last sequence of a run that begins at <paramref name="first"/>: the one before the next range of the set, or the one
    /// before <paramref name="next"/> if that comes sooner.
    /// </summary>
    public long EndBefore(long first, long next)
    {
        int index = Find(first) + 1;
        return index < _ranges.Count && _ranges[index].First < next ? _ranges[index].First - 1 : next - 1;
    }

    /// <summary>Returns the parts of these sequences that are not in the set, ascending.</summary>
    public IEnumerable<SequenceRange> Without(long first, long last)
    {
        long next = first;
        foreach (SequenceRange range in _ranges.Where(range => range.Last >= first && range.First <= last))
        {
            if (range.First > next)
            {
                yield return new SequenceRange(next, range.First - 1);
            }

            next = range.Last + 1;
        }

        if (next <= last)
        {
            yield return new SequenceRange(next, last);
        }
    }

    // Returns the index of the last range that begins at or before the sequence; -1 if there is none.
    private int Find(long sequence) => SortedSearch.FindExtent<SequenceRange>(CollectionsMarshal.AsSpan(_ranges), sequence);
}
