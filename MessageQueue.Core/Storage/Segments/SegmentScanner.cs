using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Walks the records of a segment and stops at the first that is not one.</summary>
/// <param name="window">The file.</param>
/// <param name="salt">The seed of the checksums in it.</param>
/// <param name="firstSequence">The sequence of the record to begin with.</param>
/// <param name="offset">Where that record begins.</param>
internal sealed class SegmentScanner(FileWindow window, uint salt, long firstSequence, long offset = SegmentHeader.Bytes)
{
    private long _nextSequence = firstSequence;
    private bool _inBatch;

    // From anywhere but the start, the batch of the first record is taken as it is.
    private bool _knowsBatch = offset == SegmentHeader.Bytes;

    /// <summary>Where the record after the current one begins, or, once the walk has stopped, the one that is bad or missing.</summary>
    public long Position { get; private set; } = offset;

    /// <summary>Where the current record begins.</summary>
    public long RecordOffset { get; private set; }

    /// <summary>The batch that the current record is in, 0 before the first.</summary>
    public uint Batch { get; private set; }

    /// <summary>The batch of the next record.</summary>
    public uint NextBatch => _inBatch ? Batch : Batch + 1;

    public RecordHeader Header { get; private set; }

    /// <summary>What the walk stopped at is intact and does not belong there, which no torn write can bring about.</summary>
    public bool IsMisplaced { get; private set; }

    /// <summary>Moves to the next record; its bytes are valid until the next call.</summary>
    public bool TryNext(out ReadOnlySpan<byte> record)
    {
        record = default;
        if (Position + RecordHeader.Bytes > window.Length)
        {
            return false;
        }

        RecordHeader header = RecordHeader.Read(window.Get(Position, RecordHeader.Bytes));
        if (header.RecordBytes > Math.Min(window.Length - Position, Array.MaxLength))
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = window.Get(Position, (int)header.RecordBytes);
        if (RecordCodec.Checksum(bytes, salt) != header.Crc)
        {
            return false;
        }

        if (header.Sequence != _nextSequence || (_knowsBatch && header.Batch != NextBatch))
        {
            IsMisplaced = true;
            return false;
        }

        record = bytes;
        Header = header;
        Batch = header.Batch;
        _knowsBatch = true;
        RecordOffset = Position;
        Position += header.RecordBytes;
        _nextSequence++;
        _inBatch = !header.EndsBatch;
        return true;
    }
}
