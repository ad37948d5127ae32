namespace MessageQueue.Storage.Segments;

/// <summary>What is known of one segment. One thread moves its end on, any may read it.</summary>
internal sealed class Segment(string path, SegmentHeader header)
{
    private long _end = SegmentHeader.Bytes;
    private long _lastSequence = header.FirstSequence - 1;

    public string Path { get; } = path;

    public SegmentHeader Header { get; } = header;

    public long FirstSequence => Header.FirstSequence;

    public SparseIndex Index { get; } = new(header.FirstSequence);

    /// <summary>Where the last whole batch ends.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>The sequence of the last record; one below the first while there is none.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>The checksum of the last record. For the thread that writes.</summary>
    public uint LastCrc { get; private set; }

    public bool IsEmpty => LastSequence < FirstSequence;

    /// <summary>Makes a batch readable.</summary>
    public void Extend(long end, long lastSequence, uint lastCrc)
    {
        LastCrc = lastCrc;
        Volatile.Write(ref _end, end);

        // Last: who sees the sequence sees the end behind it.
        Volatile.Write(ref _lastSequence, lastSequence);
    }
}
