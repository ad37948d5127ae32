namespace MessageQueue.Storage;

/// <summary>
/// Keeps the state at a few sequences of the log, so that a restart reads a snapshot and the records after it, not all of history. The
/// store does not interpret the content; it guarantees that the content is read back as it was written. For one thread at a time.
/// </summary>
internal interface ISnapshotStore
{
    /// <summary>The sequences of the snapshots held, newest first; at most two after <see cref="Save"/> has returned.</summary>
    IReadOnlyList<long> Sequences { get; }

    /// <summary>Opens a snapshot for reading. Checks all of it before the first byte is returned.</summary>
    /// <exception cref="LogDamagedException">The snapshot does not read back as it was written. An older one may.</exception>
    Stream Open(long sequence);

    /// <summary>
    /// Writes a snapshot beside the log: temporary file, sync, rename, directory sync. On return the snapshot is durable and all but the
    /// two newest are removed. A failure before that leaves the older ones unchanged and is thrown: a failed snapshot costs time and
    /// nothing else.
    /// </summary>
    void Save(long sequence, Action<Stream> write);
}
