namespace MessageQueue.Storage;

/// <summary>What a snapshot says was dropped: the only holes that a log may have.</summary>
internal sealed class DroppedRanges
{
    public static readonly DroppedRanges None = new([]);

    private readonly List<SequenceRange> _ranges = [];

    /// <param name="ascending">Ranges in ascending order; neighbours may touch.</param>
    /// <exception cref="ArgumentException">They are not in order.</exception>
    public DroppedRanges(IReadOnlyList<SequenceRange> ascending)
    {
        foreach (SequenceRange range in ascending)
        {
            if (range.First > range.Last || (_ranges.Count > 0 && range.First <= _ranges[^1].Last))
            {
                throw new ArgumentException($"The range {range.First} to {range.Last} is not in order.", nameof(ascending));
            }

            if (_ranges.Count > 0 && range.First == _ranges[^1].Last + 1)
            {
                _ranges[^1] = _ranges[^1] with { Last = range.Last };
            }
            else
            {
                _ranges.Add(range);
            }
        }
    }

    /// <summary>Whether all of these sequences were dropped; none at all were.</summary>
    public bool Covers(long first, long last)
    {
        int index = Find(first);
        return first > last || (index >= 0 && last <= _ranges[index].Last);
    }

    /// <summary>The last sequence before what was dropped behind <paramref name="first"/>, when that is before <paramref name="next"/>; else the one before that.</summary>
    public long EndBefore(long first, long next)
    {
        int index = Find(first) + 1;
        return index < _ranges.Count && _ranges[index].First < next ? _ranges[index].First - 1 : next - 1;
    }

    /// <summary>What of these sequences was not dropped, ascending.</summary>
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

    /// <summary>The last range that does not begin behind the sequence; -1 if there is none.</summary>
    private int Find(long sequence)
    {
        int low = 0;
        int high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].First <= sequence)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }
}
