namespace MessageQueue.Storage.Segments;

/// <summary>
/// The segments that hold the log, in order; the last one is being written. The writer adds segments, retention removes them, and readers
/// use the list as it is at one moment.
/// </summary>
internal sealed class SegmentList
{
    private readonly Lock _gate = new();
    private Segment[] _segments = [];

    /// <summary>The current segments. The array is never changed.</summary>
    public Segment[] All => Volatile.Read(ref _segments);

    public IReadOnlyList<LogExtent> Sealed => [.. All.SkipLast(1).Select(segment => segment.Describe())];

    public void Add(params IEnumerable<Segment> segments)
    {
        lock (_gate)
        {
            Volatile.Write(ref _segments, [.. _segments, .. segments]);
        }
    }

    /// <summary>
    /// Removes sealed segments from the list and returns them. Sequences of segments that are not in the list, or not sealed, are ignored.
    /// </summary>
    public IReadOnlyList<Segment> Remove(IReadOnlyList<long> firstSequences)
    {
        HashSet<long> names = [.. firstSequences];
        lock (_gate)
        {
            Segment[] removed = [.. _segments.SkipLast(1).Where(segment => names.Contains(segment.FirstSequence))];
            foreach (Segment segment in removed)
            {
                segment.IsDropped = true;
            }

            Volatile.Write(ref _segments, [.. _segments.Where(segment => !segment.IsDropped)]);
            return removed;
        }
    }
}
