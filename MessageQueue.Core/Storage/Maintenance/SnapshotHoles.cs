namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// The holes in the log that a snapshot lists. The content of a snapshot belongs to the state, so the caller of a maintenance tool supplies
/// the decoder.
/// </summary>
/// <param name="Gone">The ranges that may already be dropped while this snapshot is the newest one.</param>
/// <param name="Dropped">The ranges that may be dropped by the time there is a newer one.</param>
internal readonly record struct SnapshotHoles(IReadOnlyList<SequenceRange> Gone, IReadOnlyList<SequenceRange> Dropped);
