using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>Ranges of sequences, ascending, with at least one sequence between any two.</summary>
internal sealed class RangeSet
{
    private readonly List<SequenceRange> _ranges = [];

    /// <summary>The ranges.</summary>
    public IReadOnlyList<SequenceRange> Items => _ranges;

    /// <summary>Adds a range, joined with those that it overlaps or touches.</summary>
    public void Add(SequenceRange range)
    {
        int index = _ranges.FindIndex(held => held.Last >= range.First - 1);
        index = index < 0 ? _ranges.Count : index;
        while (index < _ranges.Count && _ranges[index].First <= range.Last + 1)
        {
            SequenceRange held = _ranges[index];
            range = new SequenceRange(Math.Min(range.First, held.First), Math.Max(range.Last, held.Last));
            _ranges.RemoveAt(index);
        }

        _ranges.Insert(index, range);
    }

    /// <summary>Whether the sequence is in one of them.</summary>
    public bool Contains(long sequence) => Covers(new SequenceRange(sequence, sequence));

    /// <summary>Whether one of them has all of this range.</summary>
    public bool Covers(SequenceRange range)
    {
        int low = 0;
        int high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].Last < range.First)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < _ranges.Count && _ranges[low].First <= range.First && range.Last <= _ranges[low].Last;
    }
}
