namespace MessageQueue.Storage.Files;

/// <summary>An open file. Reads may run beside a write elsewhere in the file; writes and syncs come from one thread at a time.</summary>
internal interface IFileHandle : IDisposable
{
    long Length { get; }

    /// <summary>Reads up to the end of the buffer or of the file, whichever comes first, and returns the count.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all of the data, growing the file where needed. After an exception any part of it may have been written.</summary>
    void Write(ReadOnlySpan<byte> data, long offset);

    void SetLength(long length);

    /// <summary>
    /// Makes the file at least this long and takes the space for it, so that no write up to there will lack any. What is new reads as
    /// zeros. After an exception the file may be longer than before.
    /// </summary>
    void Allocate(long length);

    /// <summary>
    /// Returns once all written before, and the length, are durable. An exception is final for what was written: the kernel may have given
    /// up the lost pages and called them clean, so that a second sync would succeed and prove nothing.
    /// </summary>
    void Sync();
}
