namespace MessageQueue.Storage.Segments;

/// <summary>Makes the index of a segment that recovery had no need to read. Once, and by whoever wants to read it first.</summary>
internal static class SegmentIndexer
{
    /// <exception cref="LogDamagedException">A record of the segment is bad.</exception>
    public static SparseIndex Get(Segment segment, IFileHandle file)
    {
        if (segment.Index is { } index)
        {
            return index;
        }

        // One reader indexes it, and others of this segment wait: they could do nothing else but the same.
        lock (segment)
        {
            return segment.Index ??= Build(segment, file);
        }
    }

    private static SparseIndex Build(Segment segment, IFileHandle file)
    {
        var index = new SparseIndex(segment.FirstSequence);
        using var window = new FileWindow(file);
        var walk = new SegmentWalk(segment, window, segment.FirstSequence, SegmentHeader.Bytes);
        while (walk.NextSequence <= segment.LastSequence)
        {
            walk.MoveNext(out _);
            index.Offer(walk.Header.Sequence, walk.RecordOffset);
        }

        return index;
    }
}
