namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>Holds what recovery found, before anything is written.</summary>
/// <param name="Segments">The segments that hold records, oldest first.</param>
/// <param name="LastSequence">The last sequence given, whether or not its record is still there.</param>
/// <param name="Link">What the next segment says of the one before.</param>
/// <param name="Unsynced">The last batch, if it may be unsynced still: it is in the file that was written to last.</param>
/// <param name="IsTorn">Whether an incomplete batch follows, which is to be dropped.</param>
/// <param name="Leftovers">Segments whose records were dropped, and whose files are still there.</param>
internal sealed record RecoveredLog(
    IReadOnlyList<Segment> Segments, long LastSequence, SegmentLink Link, UnsyncedBatch? Unsynced, bool IsTorn, IReadOnlyList<string> Leftovers)
{
    public static RecoveredLog Empty { get; } = new([], 0, default, Unsynced: null, IsTorn: false, []);
}
