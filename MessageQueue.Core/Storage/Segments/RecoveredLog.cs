namespace MessageQueue.Storage.Segments;

/// <summary>What recovery found, before anything is written.</summary>
/// <param name="Segments">The segments that hold records, oldest first.</param>
/// <param name="LastBatchOffset">Where the last batch of the last of them begins.</param>
/// <param name="LastTime">The time of the last record, 0 in an empty log.</param>
/// <param name="RewriteLastBatch">Whether the last batch may be unsynced still: it is in the file that was written to last.</param>
/// <param name="IsTorn">Whether an incomplete batch follows, which is to be dropped.</param>
internal sealed record RecoveredLog(
    IReadOnlyList<Segment> Segments, long LastBatchOffset, long LastTime, bool RewriteLastBatch, bool IsTorn)
{
    public static RecoveredLog Empty { get; } = new([], 0, 0, RewriteLastBatch: false, IsTorn: false);

    public Segment? Last => Segments.Count == 0 ? null : Segments[^1];

    public long LastSequence => Last?.LastSequence ?? 0;
}
