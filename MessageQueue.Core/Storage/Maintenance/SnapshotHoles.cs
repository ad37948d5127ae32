namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// What a snapshot knows to be missing from the log. Its content is the state's, so that whoever has tools run says how to read it.
/// </summary>
/// <param name="Gone">What the log may have let go of while this snapshot was the newest.</param>
/// <param name="Dropped">What it may let go of by the time there is a newer one.</param>
internal readonly record struct SnapshotHoles(IReadOnlyList<SequenceRange> Gone, IReadOnlyList<SequenceRange> Dropped);
