using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Describes one segment. One thread moves its end on, any may read it.</summary>
/// <param name="path">The file.</param>
/// <param name="header">Its header.</param>
/// <param name="index">Where its records are; null to find that out when somebody asks.</param>
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

    /// <summary>Null in a segment that recovery had no need to read, until <see cref="SegmentIndexer"/> has made one.</summary>
    public SparseIndex? Index
    {
        get => Volatile.Read(ref _index);
        set => Volatile.Write(ref _index, value);
    }

    /// <summary>Where the last whole batch ends.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>The sequence of the last record; one below the first while there is none.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>The time of the last record.</summary>
    public long LastTime => Volatile.Read(ref _lastTime);

    /// <summary>The checksum of the last record. For the thread that writes.</summary>
    public uint LastCrc { get; private set; }

    public bool IsEmpty => LastSequence < FirstSequence;

    /// <summary>The file is gone, or about to go: one who does not find it has nothing to complain of.</summary>
    public bool IsDropped
    {
        get => Volatile.Read(ref _isDropped);
        set => Volatile.Write(ref _isDropped, value);
    }

    /// <summary>A record in it was found damaged.</summary>
    public bool IsDamaged => Volatile.Read(ref _isDamaged);

    /// <summary>A record in it was found damaged. True: it is the first.</summary>
    public bool TryMarkDamaged() => !Interlocked.Exchange(ref _isDamaged, true);

    /// <summary>It was read again, and all of it is good.</summary>
    public void MarkSound() => Volatile.Write(ref _isDamaged, false);

    /// <summary>Makes a batch readable.</summary>
    public void Extend(long end, long lastSequence, uint lastCrc, long lastTime)
    {
        LastCrc = lastCrc;
        Volatile.Write(ref _lastTime, lastTime);
        Volatile.Write(ref _end, end);

        // Last: who sees the sequence sees the end behind it.
        Volatile.Write(ref _lastSequence, lastSequence);
    }

    /// <summary>
    /// Opens its file to read it. Null if it was dropped after it was looked up; one that is open stays readable, whatever becomes of its
    /// name.
    /// </summary>
    /// <exception cref="LogDamagedException">It cannot be opened.</exception>
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
