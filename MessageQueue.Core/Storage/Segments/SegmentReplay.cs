namespace MessageQueue.Storage.Segments;

/// <summary>Reads one segment from its start, hands its whole batches on and builds its index.</summary>
internal sealed class SegmentReplay(Segment segment, FileWindow window)
{
    private readonly SegmentScanner _scanner = new(window, segment.Header.Salt, segment.FirstSequence);
    private readonly List<LogRecord> _batch = [];

    /// <summary>Where the last whole batch begins.</summary>
    public long LastBatchOffset { get; private set; } = SegmentHeader.Bytes;

    /// <summary>The time of the last record of the last whole batch.</summary>
    public long LastTime { get; private set; }

    /// <summary>Where the first bad or missing record begins.</summary>
    public long StoppedAt => _scanner.Position;

    public bool StoppedAtMisplaced => _scanner.IsMisplaced;

    /// <summary>The batch that the first bad or missing record would be in.</summary>
    public uint StoppedInBatch => _scanner.NextBatch;

    /// <summary>The sequence that the first bad or missing record would have.</summary>
    public long StoppedAtSequence { get; private set; } = segment.FirstSequence;

    public void Run(Action<LogRecord> apply)
    {
        long batchOffset = SegmentHeader.Bytes;
        while (TryNext(out ReadOnlySpan<byte> record))
        {
            RecordHeader header = _scanner.Header;
            StoppedAtSequence = header.Sequence + 1;
            segment.Index.Offer(header.Sequence, _scanner.RecordOffset);
            if (!header.IsOwn)
            {
                _batch.Add(RecordCodec.ToRecord(header, record));
            }

            if (header.EndsBatch)
            {
                Complete(header, apply);
                LastBatchOffset = batchOffset;
                batchOffset = _scanner.Position;
            }
        }
    }

    /// <summary>A read that the device refuses is damage like any other; what the call-back throws is not, so it stays outside.</summary>
    private bool TryNext(out ReadOnlySpan<byte> record)
    {
        try
        {
            return _scanner.TryNext(out record);
        }
        catch (IOException exception)
        {
            throw Damage.Unreadable(segment.Path, StoppedAt, StoppedAtSequence, exception);
        }
    }

    private void Complete(in RecordHeader last, Action<LogRecord> apply)
    {
        segment.Extend(_scanner.Position, last.Sequence, last.Crc);
        LastTime = last.Time;
        foreach (LogRecord record in _batch)
        {
            apply(record);
        }

        _batch.Clear();
    }
}
