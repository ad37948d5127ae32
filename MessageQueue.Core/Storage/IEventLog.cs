namespace MessageQueue.Storage;

/// <summary>A durable sequence of records. The state of the server is the fold of this log and of nothing else.</summary>
/// <remarks>
/// <para>
/// Life cycle: <see cref="Recover"/> once, then <see cref="Append"/> from one thread at a time, then <see cref="IDisposable.Dispose"/>.
/// <see cref="Read"/> may run on any thread, beside an append and beside other reads.
/// </para>
/// <para>
/// Sequences start at 1, grow by one per record and are never used twice within a store, whatever crashes happen. A log may use some
/// sequences for records of its own, between two runs and in <see cref="Settle"/>. These records are never passed on. A copy of the store
/// uses the sequences after its end again; that is why it gets another <see cref="Identity"/>.
/// </para>
/// </remarks>
internal interface IEventLog : IDisposable
{
    /// <summary>The store's random id, fixed when the store is created. Copies of the store have the same id.</summary>
    Guid StoreId { get; }

    /// <summary>
    /// The id by which clients know the log. Sequences can be compared only within one log. Valid once <see cref="Recover"/> has returned.
    /// </summary>
    LogIdentity Identity { get; }

    /// <summary>The sequence of the last durable record, 0 in an empty store.</summary>
    long LastSequence { get; }

    /// <summary>The largest payload that <see cref="Append"/> accepts, in bytes.</summary>
    int MaxPayloadBytes { get; }

    /// <summary>The extents that are complete, oldest first. The one that is being written is not among them.</summary>
    IReadOnlyList<LogExtent> SealedExtents { get; }

    /// <summary>
    /// Repairs a torn tail, then passes on the records after <paramref name="after"/>, oldest first and only whole batches. Call it once,
    /// before anything else. A payload is valid only during the call-back: copy what is kept.
    /// </summary>
    /// <param name="after">
    /// The sequence of the snapshot with which the state begins, 0 for none. Of extents that lie wholly before it, only the headers are
    /// read.
    /// </param>
    /// <param name="dropped">
    /// The sequences that were dropped according to the snapshot, ascending. No other holes are allowed. If a crash came between the
    /// decision to drop an extent and its removal, the extent is removed now.
    /// </param>
    /// <param name="apply">Receives each record.</param>
    /// <param name="cancellationToken">
    /// Stops the reading between two records, with nothing changed on the disk. It has no effect once the log has started to write.
    /// </param>
    /// <exception cref="LogDamagedException">
    /// Synced data is damaged, or it is missing and was not dropped. Nothing was changed on the disk.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled. The log can only be disposed of.</exception>
    void Recover(long after, IReadOnlyList<SequenceRange> dropped, Action<LogRecord> apply, CancellationToken cancellationToken = default);

    /// <summary>
    /// Passes on the records after <paramref name="after"/> up to and including <paramref name="upTo"/>, oldest first, and checks them.
    /// Runs beside appends and reads, on any thread. A payload is valid only during the call-back: copy what is kept.
    /// </summary>
    /// <exception cref="LogDamagedException">A record does not read back as it was written.</exception>
    void Replay(long after, long upTo, Action<LogRecord> apply);

    /// <summary>
    /// Makes durable what was appended before the call, for logs whose <see cref="Append"/> leaves that to the system. Returns the last
    /// durable sequence. Runs beside appends and reads, on any thread.
    /// </summary>
    /// <exception cref="IOException">The records could not be made durable.</exception>
    long MakeDurable();

    /// <summary>
    /// Removes the sealed extents with these first sequences for good. The decision is durable before the call, so a crash only delays the
    /// removal. Reads under way either finish or leave the records out.
    /// </summary>
    void Drop(IReadOnlyList<long> firstSequences);

    /// <summary>
    /// Appends the entries as one atomic batch, in order, and returns the sequence of the first one when all are durable. After a crash,
    /// either the whole batch is there or nothing of it.
    /// </summary>
    /// <param name="batch">At least one entry. Payloads are not used after the call.</param>
    /// <param name="time">Milliseconds since the Unix epoch, the time of every record; never smaller than in the call before.</param>
    /// <exception cref="LogFailedException">
    /// A write or sync failed, so the outcome is unknown. The log has failed for good; later calls throw the same.
    /// </exception>
    long Append(ReadOnlySpan<LogEntry> batch, long time);

    /// <summary>
    /// Notes that nothing was appended for a moment. A log on a disk writes a mark that all before it is durable, so that damage at its end
    /// is not mistaken for a torn write. Call it from the thread that appends.
    /// </summary>
    /// <exception cref="LogFailedException">As for <see cref="Append"/>.</exception>
    void Settle();

    /// <summary>
    /// Reads the records with these sequences, given in ascending order, to the start of <paramref name="records"/>, in the same order, and
    /// checks their checksums. Leaves out records that the log no longer holds. Returns how many were read. Stops, after at least one
    /// record, before the payloads would exceed <paramref name="maxBytes"/>; <paramref name="consumed"/> is the number of sequences that
    /// were handled.
    /// </summary>
    /// <exception cref="LogDamagedException">A record does not read back as it was written.</exception>
    int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed);
}
