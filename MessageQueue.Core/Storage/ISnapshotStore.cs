namespace MessageQueue.Storage;

/// <summary>
/// The state at a few sequences of the log, so that a restart reads a snapshot and a tail and not history. The content is opaque here; that
/// it comes back as it was written is the store's promise. One thread at a time.
/// </summary>
internal interface ISnapshotStore
{
    /// <summary>The sequences of the snapshots held, newest first; at most two once <see cref="Save"/> has returned.</summary>
    IReadOnlyList<long> Sequences { get; }

    /// <summary>Opens a snapshot for reading, the whole of it checked before the first byte is given.</summary>
    /// <exception cref="LogDamagedException">It does not read back as it was written; an older one may.</exception>
    Stream Open(long sequence);

    /// <summary>
    /// Writes a snapshot beside the log: temporary file, sync, rename, directory sync. When it returns the snapshot is durable and all but
    /// the two newest are gone. What goes wrong before that leaves the older ones as they were, and is thrown: a snapshot that failed costs
    /// time and nothing else.
    /// </summary>
    void Save(long sequence, Action<Stream> write);
}
