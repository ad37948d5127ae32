using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Describes one segment. One thread moves its end forward; any thread may read it.</summary>
/// <param name="path">The file.</param>
/// <param name="header">Its header.</param>
/// <param name="index">The positions of its records; null to build the index when it is first needed.</param>
internal sealed class Segment(string path, SegmentHeader header, SparseIndex? index) : IExtent
{
    private SparseIndex? _index = index;
    private long _end = SegmentHeader.Bytes;
    private long _lastSequence = header.FirstSequence - 1;
    private long _lastTime;
    private bool _isDropped;
    private bool _isDamaged;

    public string Path { get; } = path;

    public SegmentHeader Header { get; } = header;

    public long FirstSequence => Header.FirstSequence;

    /// <summary>The index; null in a segment that recovery did not need to read, until <see cref="SegmentIndexer"/> has built it.</summary>
    public SparseIndex? Index
    {
        get => Volatile.Read(ref _index);
        set => Volatile.Write(ref _index, value);
    }

    /// <summary>The offset where the last whole batch ends.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>The sequence of the last record; one below the first if there is none.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>The time of the last record.</summary>
    public long LastTime => Volatile.Read(ref _lastTime);

    /// <summary>The checksum of the last record. Only for the thread that writes.</summary>
    public uint LastCrc { get; private set; }

    public bool IsEmpty => LastSequence < FirstSequence;

    /// <summary>Whether the file is deleted or about to be deleted. If so, a reader that does not find it reports no error.</summary>
    public bool IsDropped
    {
        get => Volatile.Read(ref _isDropped);
        set => Volatile.Write(ref _isDropped, value);
    }

    /// <summary>Whether a record in it was found damaged.</summary>
    public bool IsDamaged => Volatile.Read(ref _isDamaged);

    /// <summary>Notes that a record in it was found damaged. Returns true the first time.</summary>
    public bool TryMarkDamaged() => !Interlocked.Exchange(ref _isDamaged, true);

    /// <summary>Notes that the segment was read again and all of it is good.</summary>
    public void MarkSound() => Volatile.Write(ref _isDamaged, false);

    /// <summary>Makes a batch visible to readers.</summary>
    public void Extend(long end, long lastSequence, uint lastCrc, long lastTime)
    {
        LastCrc = lastCrc;
        Volatile.Write(ref _lastTime, lastTime);
        Volatile.Write(ref _end, end);

        // Written last, so that a reader that sees the sequence also sees the end after it.
        Volatile.Write(ref _lastSequence, lastSequence);
    }

    /// <summary>
    /// Opens the file for reading; returns null if the segment was dropped after it was looked up. An open file stays readable even if its
    /// name is deleted.
    /// </summary>
    /// <exception cref="LogDamagedException">The file cannot be opened.</exception>
    public IFileHandle? TryOpen(IFileSystem files)
    {
        try
        {
            return files.Open(Path, writable: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return IsDropped
                ? null
                : throw DamageMessages.OfSegment(Path, FirstSequence, "it cannot be opened: " + exception.Message, exception);
        }
    }

    public LogExtent Describe() => new(FirstSequence, LastSequence, End, LastTime);
}
