namespace MessageQueue.State;

/// <summary>The gaps that a session has not acknowledged, ascending and separate from each other; a few at most.</summary>
internal sealed class GapList
{
    /// <summary>
    /// Beyond this number the oldest two gaps are merged: a client that is away for long gets less precise gaps, and costs no more.
    /// </summary>
    public const int Capacity = 8;

    private readonly List<Gap> _gaps = [];

    /// <summary>The gaps.</summary>
    public IReadOnlyList<Gap> Items => _gaps;

    /// <summary>Adds a gap, merged with those that it overlaps.</summary>
    public void Add(Gap gap)
    {
        int index = 0;
        while (index < _gaps.Count && _gaps[index].To < gap.From)
        {
            index++;
        }

        while (index < _gaps.Count && _gaps[index].From <= gap.To)
        {
            gap = gap.With(_gaps[index]);
            _gaps.RemoveAt(index);
        }

        _gaps.Insert(index, gap);
        if (_gaps.Count > Capacity)
        {
            _gaps[1] = _gaps[0].With(_gaps[1]);
            _gaps.RemoveAt(0);
        }
    }

    /// <summary>
    /// Removes the gaps that end at or before <paramref name="number"/> and arose at or before <paramref name="asOf"/>. Returns false if
    /// there are none.
    /// </summary>
    public bool Acknowledge(long number, long asOf) => _gaps.RemoveAll(gap => gap.To <= number && gap.ArisenAt <= asOf) > 0;
}
