using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Appends batches to the last segment, and starts another when that is full. One thread, but for <see cref="LastSequence"/>. A failure is
/// final.
/// </summary>
internal sealed class SegmentAppender(
    SegmentList segments, SegmentStarter starter, SegmentPreparer preparer, BackgroundWork background, FirstFailure failure,
    Durability durability) : IDisposable
{
    private static readonly LogEntry[] Mark = [new LogEntry(RecordHeader.MarkType, 0, ReadOnlyMemory<byte>.Empty)];

    private readonly BatchBuffer _buffer = new();
    private SegmentWriter? _writer;
    private bool _isMarked;
    private long _lastSequence;

    /// <summary>The last sequence that was appended. For any thread.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>Whether there is a segment to append to.</summary>
    public bool IsStarted => _writer is not null;

    /// <summary>Goes on in a segment that is empty.</summary>
    /// <param name="writer">The segment.</param>
    /// <param name="lastSequence">The last sequence of all before it.</param>
    public void Start(SegmentWriter writer, long lastSequence)
    {
        _writer = writer;
        Volatile.Write(ref _lastSequence, lastSequence);
    }

    /// <summary>Appends a batch. When it returns the batch is as durable as the log is to be.</summary>
    /// <returns>The sequence of its first record.</returns>
    /// <exception cref="LogFailedException">Whether the batch was stored is unknown.</exception>
    public long Append(ReadOnlySpan<LogEntry> batch, long time, int bytes)
    {
        _buffer.Reserve(bytes);
        long first = LastSequence + 1;
        Commit(batch, time, bytes, isMark: false);
        _buffer.Shrink();
        preparer.Advance(_writer!.Position);
        return first;
    }

    /// <summary>Marks that all before is whole and durable, unless that was done or there is no room.</summary>
    /// <exception cref="LogFailedException">The mark could not be written.</exception>
    public void Settle()
    {
        if (!_isMarked && _writer is { Segment.IsEmpty: false } writer && writer.HasRoom(RecordHeader.Bytes))
        {
            _buffer.Reserve(RecordHeader.Bytes);
            Commit(Mark, writer.Segment.LastTime, RecordHeader.Bytes, isMark: true);
        }
    }

    /// <summary>Marks a clean close, and gives back the room that was not used.</summary>
    public void Close()
    {
        if (failure.IsSet || _writer is null || _writer.Segment.IsEmpty)
        {
            // Nothing was appended since the last start; what was before it lies in a sealed segment.
            return;
        }

        try
        {
            if (!_isMarked)
            {
                _buffer.Reserve(RecordHeader.Bytes);
                Write(Mark, _writer.Segment.LastTime, isMark: true);
            }

            Finish(_writer);
        }
        catch (Exception exception)
        {
            // All that was acknowledged is safe without the mark.
            failure.Set("the mark of a clean close", exception);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _writer?.Dispose();

    private void Commit(ReadOnlySpan<LogEntry> batch, long time, int bytes, bool isMark)
    {
        long first = LastSequence + 1;
        try
        {
            if (!_writer!.HasRoom(bytes))
            {
                Rotate(first);
            }

            uint lastCrc = Write(batch, time, isMark);
            if (isMark || durability == Durability.Fsync)
            {
                _writer.Sync();
            }

            _isMarked = isMark;
            _writer.Segment.Extend(_writer.Position, first + batch.Length - 1, lastCrc, time);
            Volatile.Write(ref _lastSequence, first + batch.Length - 1);
        }
        catch (Exception exception)
        {
            // Any exception: .NET reports some failed writes as bad arguments, and nothing is known after one.
            throw failure.Set($"append to '{_writer!.Segment.Path}'", exception);
        }
    }

    // A mark has the time of the record before, so that it cannot bring the log's time ahead of its caller's.
    private uint Write(ReadOnlySpan<LogEntry> batch, long time, bool isMark)
    {
        SegmentWriter writer = _writer!;
        if (isMark && durability == Durability.Os)
        {
            // The mark proves that all before it had been synced, so it must not be durable before that is.
            writer.Sync();
        }

        writer.Write(_buffer.Encode(batch, time, LastSequence + 1, writer, out uint lastCrc));
        return lastCrc;
    }

    private void Rotate(long firstSequence)
    {
        SegmentWriter full = _writer!;
        if (durability == Durability.Os)
        {
            // A later segment proves that this one was synced.
            full.Sync();
        }

        _writer = starter.Start(preparer.Take(), firstSequence, SegmentLink.To(full.Segment));
        segments.Add(_writer.Segment);
        background.Enqueue(() => Seal(full));
    }

    private void Seal(SegmentWriter full)
    {
        try
        {
            Finish(full);
        }
        catch (Exception exception)
        {
            failure.Set($"sealing of '{full.Segment.Path}'", exception);
        }
        finally
        {
            full.Dispose();
        }
    }

    private static void Finish(SegmentWriter writer)
    {
        writer.Truncate();
        writer.Sync();
    }
}
