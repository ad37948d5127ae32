using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Writes records to the file of the current segment. Not thread-safe.</summary>
/// <param name="prepared">The segment's file, with its header.</param>
/// <param name="segment">The description of the segment for readers.</param>
/// <param name="segmentBytes">The length at which a segment is full.</param>
internal sealed class SegmentWriter(PreparedFile prepared, Segment segment, int segmentBytes) : IDisposable
{
    // If the disk was nearly full, less space than a segment was reserved, and there may be none after it.
    private readonly long _limit = prepared.Allocated > 0 ? prepared.Allocated : segmentBytes;
    private readonly IFileHandle _file = prepared.File;
    private long _filled = Math.Max(prepared.Filled, SegmentHeader.Bytes);
    private long _length = Math.Max(prepared.Allocated, Math.Max(prepared.Filled, SegmentHeader.Bytes));

    public Segment Segment { get; } = segment;

    /// <summary>The offset of the next batch.</summary>
    public long Position { get; private set; } = SegmentHeader.Bytes;

    /// <summary>The number of the next batch in this segment, from 1.</summary>
    public uint NextBatch { get; private set; } = 1;

    /// <summary>
    /// Whether a batch fits. An empty segment accepts any batch: a batch may be larger than a segment, but never spans two.
    /// </summary>
    public bool HasRoom(int bytes) => Segment.IsEmpty || Position + bytes <= _limit;

    /// <summary>
    /// Returns how many of the prepared zeros after a batch of this size belong to its last page. Written with the batch they make that
    /// page whole; else the system would read it from the disk, because the zeros were written past its cache.
    /// </summary>
    public int PaddingAfter(int bytes)
    {
        int padding = (int)(-(Position + bytes) & (ZeroFill.PageBytes - 1));
        return Position + bytes + padding <= _filled ? padding : 0;
    }

    /// <summary>Writes a batch. It is neither durable nor visible to readers yet.</summary>
    /// <param name="batch">The batch, and after it the zeros that make its last page whole.</param>
    /// <param name="padding">The number of those zeros: <see cref="PaddingAfter"/>.</param>
    public void Write(ReadOnlySpan<byte> batch, int padding)
    {
        long end = Position + batch.Length - padding;
        if (end > _filled)
        {
            // This part is not prepared: grow in steps, so that not every sync has to write a new length as well.
            long ahead = Math.Min(end + ZeroFill.StepBytes, _limit);
            if (ahead > end)
            {
                _file.WriteZeros(end, ahead);
            }

            _filled = Math.Max(ahead, end);
            _length = Math.Max(_length, _filled);
        }

        _file.Write(batch, Position);
        Position = end;
        NextBatch++;
    }

    public void Sync() => _file.Sync();

    /// <summary>Releases the space that was filled in advance and not used.</summary>
    public void Truncate()
    {
        if (_length > Position)
        {
            _file.SetLength(Position);
            _length = _filled = Position;
        }
    }

    public void Dispose() => _file.Dispose();
}
