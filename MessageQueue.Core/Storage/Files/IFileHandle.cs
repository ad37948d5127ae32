namespace MessageQueue.Storage.Files;

/// <summary>
/// An open file. Reads may run beside a write to another part of the file. Writes and syncs come from one thread at a time.
/// </summary>
internal interface IFileHandle : IDisposable
{
    long Length { get; }

    /// <summary>Reads up to the end of the buffer or of the file, whichever comes first, and returns the count.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all of the data, growing the file where needed. After an exception any part of it may have been written.</summary>
    void Write(ReadOnlySpan<byte> data, long offset);

    /// <summary>
    /// Writes zeros, for space that is filled before it is used. They need not pass through the system's cache of the file, so what is
    /// written over them should begin and end with whole pages: else the system has to read a page first.
    /// </summary>
    void WriteZeros(long offset, long end);

    void SetLength(long length);

    /// <summary>
    /// Makes the file at least this long and reserves the space for it, so that no write up to there can find a full disk. New bytes read
    /// as zeros. After an exception the file may be longer than before.
    /// </summary>
    void Allocate(long length);

    /// <summary>
    /// Returns when all earlier writes, and the length, are durable. After an exception those writes must be considered lost, and a second
    /// sync proves nothing: the kernel may have discarded the pages and marked them clean, so that it would succeed.
    /// </summary>
    void Sync();
}
