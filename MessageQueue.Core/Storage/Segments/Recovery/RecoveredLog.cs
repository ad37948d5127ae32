namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>The result of recovery, before anything is written.</summary>
/// <param name="Segments">The segments that hold records, oldest first.</param>
/// <param name="LastSequence">The last sequence used, whether or not its record still exists.</param>
/// <param name="Link">The link to the segment before, for the header of the next segment.</param>
/// <param name="Unsynced">The last batch, if it may not be synced: it is in the file that was written to last.</param>
/// <param name="IsTorn">Whether an incomplete batch follows, which must be dropped.</param>
/// <param name="Leftovers">Segments whose records were dropped but whose files still exist.</param>
internal sealed record RecoveredLog(
    IReadOnlyList<Segment> Segments, long LastSequence, SegmentLink Link, UnsyncedBatch? Unsynced, bool IsTorn,
    IReadOnlyList<string> Leftovers)
{
    public static RecoveredLog Empty { get; } = new([], 0, default, Unsynced: null, IsTorn: false, []);
}
