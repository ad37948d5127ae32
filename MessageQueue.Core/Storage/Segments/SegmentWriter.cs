using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>The file that records are appended to. One thread.</summary>
/// <param name="prepared">The segment's file, header included.</param>
/// <param name="segment">What readers see of it.</param>
/// <param name="segmentBytes">Where a segment is full.</param>
internal sealed class SegmentWriter(PreparedFile prepared, Segment segment, int segmentBytes) : IDisposable
{
    // What was taken of a disk that was nearly full is smaller than a segment, and behind it there may be nothing.
    private readonly long _limit = prepared.Allocated > 0 ? prepared.Allocated : segmentBytes;
    private readonly IFileHandle _file = prepared.File;
    private long _filled = Math.Max(prepared.Filled, SegmentHeader.Bytes);
    private long _length = Math.Max(prepared.Allocated, Math.Max(prepared.Filled, SegmentHeader.Bytes));

    public Segment Segment { get; } = segment;

    /// <summary>Where the next batch goes.</summary>
    public long Position { get; private set; } = SegmentHeader.Bytes;

    /// <summary>The number of the next batch in this segment, from 1.</summary>
    public uint NextBatch { get; private set; } = 1;

    /// <summary>
    /// Whether a batch fits. An empty segment takes any: one batch may be larger than a segment, and never crosses into another.
    /// </summary>
    public bool HasRoom(int bytes) => Segment.IsEmpty || Position + bytes <= _limit;

    /// <summary>Writes a batch, which is neither durable nor readable yet.</summary>
    public void Write(ReadOnlySpan<byte> batch)
    {
        long end = Position + batch.Length;
        if (end > _filled)
        {
            // Nobody prepared this far: grow in steps, so that not every sync has a new length to write as well.
            long ahead = Math.Min(end + ZeroFill.StepBytes, _limit);
            if (ahead > end)
            {
                ZeroFill.Write(_file, end, ahead);
            }

            _filled = Math.Max(ahead, end);
            _length = Math.Max(_length, _filled);
        }

        _file.Write(batch, Position);
        Position = end;
        NextBatch++;
    }

    public void Sync() => _file.Sync();

    /// <summary>Gives back what was filled and not used.</summary>
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
