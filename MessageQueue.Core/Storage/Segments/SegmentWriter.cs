namespace MessageQueue.Storage.Segments;

/// <summary>The file that records are appended to. One thread.</summary>
/// <param name="file">The segment's file, header included.</param>
/// <param name="filled">How far the file is there already; beyond the records, all zeros.</param>
/// <param name="segment">What readers see of it.</param>
/// <param name="segmentBytes">Where a segment is full.</param>
internal sealed class SegmentWriter(IFileHandle file, long filled, Segment segment, int segmentBytes) : IDisposable
{
    private long _filled = Math.Max(filled, SegmentHeader.Bytes);

    public Segment Segment { get; } = segment;

    /// <summary>Where the next batch goes.</summary>
    public long Position { get; private set; } = SegmentHeader.Bytes;

    /// <summary>The number of the next batch in this segment, from 1.</summary>
    public uint NextBatch { get; private set; } = 1;

    /// <summary>Whether a batch fits. An empty segment takes any: one batch may be larger than a segment, and never crosses into another.</summary>
    public bool HasRoom(int bytes) => Segment.IsEmpty || Position + bytes <= segmentBytes;

    /// <summary>Writes a batch, which is neither durable nor readable yet.</summary>
    public void Write(ReadOnlySpan<byte> batch)
    {
        long end = Position + batch.Length;
        if (end > _filled)
        {
            // Nobody prepared this far: grow in steps, so that not every sync has a new length to write as well.
            long ahead = Math.Min(end + ZeroFill.StepBytes, segmentBytes);
            if (ahead > end)
            {
                ZeroFill.Write(file, end, ahead);
            }

            _filled = Math.Max(ahead, end);
        }

        file.Write(batch, Position);
        Position = end;
        NextBatch++;
    }

    public void Sync() => file.Sync();

    /// <summary>Gives back what was filled and not used.</summary>
    public void Truncate()
    {
        if (_filled > Position)
        {
            file.SetLength(Position);
            _filled = Position;
        }
    }

    public void Dispose() => file.Dispose();
}
