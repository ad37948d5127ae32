namespace MessageQueue.Storage;

/// <summary>
/// A durable sequence of records. The state of the server is the fold of this log and of nothing else.
/// </summary>
/// <remarks>
/// <para>Life: <see cref="Recover"/> once, then <see cref="Append"/> from one thread at a time, then <see cref="IDisposable.Dispose"/>.
/// <see cref="Read"/> may run on any thread, beside an append and beside other reads.</para>
/// <para>Sequences start at 1, grow by one per record and are never given twice within a store, whatever crashes in between. A log may use
/// some for records of its own, between two runs and when it settles, which are never handed out. A copy of the store gives those behind
/// its end again; that is why it gets another <see cref="Identity"/>.</para>
/// </remarks>
internal interface IEventLog : IDisposable
{
    /// <summary>The store's random id, fixed when the store was created. Copies of the store have the same.</summary>
    Guid StoreId { get; }

    /// <summary>What clients know the log by: sequences compare only within it. Valid once <see cref="Recover"/> has returned.</summary>
    LogIdentity Identity { get; }

    /// <summary>The sequence of the last durable record, 0 in an empty store.</summary>
    long LastSequence { get; }

    /// <summary>The largest payload that <see cref="Append"/> takes, in bytes.</summary>
    int MaxPayloadBytes { get; }

    /// <summary>The extents that nothing is appended to any more, oldest first. The one being written is not among them.</summary>
    IReadOnlyList<LogExtent> SealedExtents { get; }

    /// <summary>
    /// Repairs a torn tail, then gives the records held after <paramref name="after"/>, oldest first, only whole batches. Call once, before
    /// anything else. The payload is valid during the call-back and after it, and is not changed by the log.
    /// </summary>
    /// <param name="after">
    /// The sequence of the snapshot that the state begins with, 0 for none. What lies wholly before it is not read, only its extents'
    /// headers are.
    /// </param>
    /// <param name="dropped">What the snapshot says was dropped, ascending: the only holes there may be. Extents in it that are still
    /// there, because a crash came between the decision and the deed, are dropped now.</param>
    /// <param name="apply">Takes a record.</param>
    /// <param name="cancellationToken">
    /// Stops the reading between two records; nothing was changed on the disk then. Once the log begins to write it is not looked at any
    /// more.
    /// </param>
    /// <exception cref="LogDamagedException">
    /// Synced data is damaged, or missing without having been dropped; nothing was changed on the disk.
    /// </exception>
    /// <exception cref="OperationCanceledException">
    /// The token was cancelled. The log is of no use any more but to be disposed of.
    /// </exception>
    void Recover(long after, IReadOnlyList<SequenceRange> dropped, Action<LogRecord> apply, CancellationToken cancellationToken = default);

    /// <summary>
    /// Gives the records held after <paramref name="after"/> up to and including <paramref name="upTo"/>, oldest first, checked. Beside
    /// appends and reads, on any thread.
    /// </summary>
    /// <exception cref="LogDamagedException">A record read back wrong.</exception>
    void Replay(long after, long upTo, Action<LogRecord> apply);

    /// <summary>
    /// Makes durable what was appended before the call, where <see cref="Append"/> leaves that to the system, and returns how far that is.
    /// Beside appends and reads, on any thread.
    /// </summary>
    /// <exception cref="IOException">It is not durable.</exception>
    long MakeDurable();

    /// <summary>
    /// Drops the sealed extents with these first sequences for good. That they may go is durable already: a crash in between only delays
    /// it. Reads under way either finish or leave the records out.
    /// </summary>
    void Drop(IReadOnlyList<long> firstSequences);

    /// <summary>
    /// Appends the entries as one atomic batch, in order, and returns the sequence of the first one once all are durable.
    /// After a crash, either all of the batch is there or none of it.
    /// </summary>
    /// <param name="batch">At least one entry. Payloads are not used after the call.</param>
    /// <param name="time">Milliseconds since the Unix epoch, given to every record; never smaller than in the call before.</param>
    /// <exception cref="LogFailedException">
    /// A write or sync failed: the outcome is unknown. This log is dead; later calls throw the same.
    /// </exception>
    long Append(ReadOnlySpan<LogEntry> batch, long time);

    /// <summary>
    /// Told that nothing was appended for a moment. A log on a disk notes that all before is durable, so that damage at its end is not
    /// taken for a torn write. From the thread that appends.
    /// </summary>
    /// <exception cref="LogFailedException">As of <see cref="Append"/>.</exception>
    void Settle();

    /// <summary>
    /// Reads the records with these sequences, given in ascending order, into the start of <paramref name="records"/>, in that order,
    /// checksum checked again. A record that the log no longer holds is left out. Returns how many were read. Stops early, after at least
    /// one record, before the payloads would exceed <paramref name="maxBytes"/>: <paramref name="consumed"/> says how many of the sequences
    /// were looked at.
    /// </summary>
    /// <exception cref="LogDamagedException">A record read back wrong.</exception>
    int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed);
}
