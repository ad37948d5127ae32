using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Walks over the records of a segment and stops at the first bytes that are not a record.</summary>
/// <param name="window">The file.</param>
/// <param name="salt">The seed of the checksums in it.</param>
/// <param name="firstSequence">The sequence of the record at which to begin.</param>
/// <param name="offset">Where that record begins.</param>
internal sealed class SegmentScanner(FileWindow window, uint salt, long firstSequence, long offset = SegmentHeader.Bytes)
{
    private long _nextSequence = firstSequence;
    private bool _inBatch;

    // If the walk does not begin at the start of the segment, the batch number of the first record is accepted as it is.
    private bool _knowsBatch = offset == SegmentHeader.Bytes;

    /// <summary>
    /// The offset of the record after the current one. After the walk has stopped: the offset of the record that is bad or missing.
    /// </summary>
    public long Position { get; private set; } = offset;

    /// <summary>The offset of the current record.</summary>
    public long RecordOffset { get; private set; }

    /// <summary>The batch of the current record, 0 before the first one.</summary>
    public uint Batch { get; private set; }

    /// <summary>The batch of the next record.</summary>
    public uint NextBatch => _inBatch ? Batch : Batch + 1;

    public RecordHeader Header { get; private set; }

    /// <summary>Whether the walk stopped at a record that is intact but does not belong there, which no torn write can cause.</summary>
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
