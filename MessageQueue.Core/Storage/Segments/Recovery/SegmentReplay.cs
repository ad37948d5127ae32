using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>Reads one segment from its start, passes its whole batches on and builds its index.</summary>
/// <param name="segment">The segment.</param>
/// <param name="window">Its file.</param>
/// <param name="after">Records after this sequence are passed on.</param>
/// <param name="cancellationToken">Stops the reading between two batches.</param>
internal sealed class SegmentReplay(Segment segment, FileWindow window, long after, CancellationToken cancellationToken = default)
{
    private readonly SegmentScanner _scanner = new(window, segment.Header.Salt, segment.FirstSequence);

    /// <summary>The offset where the last whole batch begins.</summary>
    public long LastBatchOffset { get; private set; } = SegmentHeader.Bytes;

    /// <summary>The offset of the first bad or missing record.</summary>
    public long StoppedAt => _scanner.Position;

    public bool StoppedAtMisplaced => _scanner.IsMisplaced;

    /// <summary>The batch to which the first bad or missing record would belong.</summary>
    public uint StoppedInBatch => _scanner.NextBatch;

    /// <summary>The sequence that the first bad or missing record would have.</summary>
    public long StoppedAtSequence { get; private set; } = segment.FirstSequence;

    /// <summary>Reads the segment. A record that is passed on is valid during the call.</summary>
    /// <exception cref="OperationCanceledException">The reading was stopped.</exception>
    public void Run(Action<LogRecord> apply)
    {
        SparseIndex index = segment.Index!;
        long batchOffset = SegmentHeader.Bytes;

        // A batch is passed on when it is whole. Until then it stays in the window, so that no record of it is copied.
        window.KeepFrom = batchOffset;
        while (TryNext())
        {
            RecordHeader header = _scanner.Header;
            StoppedAtSequence = header.Sequence + 1;
            index.AddIfSpaced(header.Sequence, _scanner.RecordOffset);
            if (header.EndsBatch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Complete(header, batchOffset, apply);
                LastBatchOffset = batchOffset;
                window.KeepFrom = batchOffset = _scanner.Position;
            }
        }

        window.KeepFrom = long.MaxValue;
    }

    /// <summary>
    /// Moves to the next record. A read error of the device is damage like any other. An exception of the call-back is not, so the
    /// call-back is not called here.
    /// </summary>
    private bool TryNext()
    {
        try
        {
            return _scanner.TryNext(out _);
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, StoppedAt, StoppedAtSequence, exception);
        }
    }

    private void Complete(in RecordHeader last, long offset, Action<LogRecord> apply)
    {
        segment.Extend(_scanner.Position, last.Sequence, last.Crc, last.Time);
        ReadOnlyMemory<byte> batch = last.Sequence <= after ? default : window.GetMemory(offset, (int)(_scanner.Position - offset));
        while (!batch.IsEmpty)
        {
            RecordHeader header = RecordHeader.Read(batch.Span);
            if (!header.IsOwn && header.Sequence > after)
            {
                apply(RecordCodec.View(header, batch));
            }

            batch = batch[(int)header.RecordBytes..];
        }
    }
}
