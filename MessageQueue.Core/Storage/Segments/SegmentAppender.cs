using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Appends batches to the last segment, and starts another one when that is full. Only <see cref="LastSequence"/> is thread-safe. A failure
/// is final.
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

    /// <summary>The last sequence that was appended. Thread-safe.</summary>
    public long LastSequence => Volatile.Read(ref _lastSequence);

    /// <summary>Whether there is a segment to append to.</summary>
    public bool IsStarted => _writer is not null;

    /// <summary>Starts to append to an empty segment.</summary>
    /// <param name="writer">The segment.</param>
    /// <param name="lastSequence">The last sequence before it.</param>
    public void Start(SegmentWriter writer, long lastSequence)
    {
        _writer = writer;
        Volatile.Write(ref _lastSequence, lastSequence);
    }

    /// <summary>Appends a batch. On return the batch is as durable as the log's durability option says.</summary>
    /// <returns>The sequence of its first record.</returns>
    /// <exception cref="LogFailedException">It is unknown whether the batch was stored.</exception>
    public long Append(ReadOnlySpan<LogEntry> batch, long time, int bytes)
    {
        _buffer.Reserve(bytes);
        long first = LastSequence + 1;
        Commit(batch, time, bytes, isMark: false);
        _buffer.Shrink();
        preparer.Advance(_writer!.Position);
        return first;
    }

    /// <summary>Writes a mark that everything before it is whole and durable, unless there is one already or there is no room.</summary>
    /// <exception cref="LogFailedException">The mark could not be written.</exception>
    public void Settle()
    {
        if (!_isMarked && _writer is { Segment.IsEmpty: false } writer && writer.HasRoom(RecordHeader.Bytes))
        {
            _buffer.Reserve(RecordHeader.Bytes);
            Commit(Mark, writer.Segment.LastTime, RecordHeader.Bytes, isMark: true);
        }
    }

    /// <summary>Marks a clean close, and releases the space that was not used.</summary>
    public void Close()
    {
        if (failure.IsSet || _writer is null || _writer.Segment.IsEmpty)
        {
            // Nothing was appended since the start, and everything before it lies in a sealed segment.
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
            // Everything that was acknowledged is safe without the mark.
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
            // Any exception: .NET reports some failed writes as invalid arguments, and after an exception the state of the file is unknown.
            throw failure.Set($"append to '{_writer!.Segment.Path}'", exception);
        }
    }

    // A mark has the time of the record before it, so that the log's time cannot run ahead of its caller's.
    private uint Write(ReadOnlySpan<LogEntry> batch, long time, bool isMark)
    {
        SegmentWriter writer = _writer!;
        if (isMark && durability == Durability.Os)
        {
            // The mark proves that everything before it had been synced, so it must not be durable before that is true.
            writer.Sync();
        }

        writer.Write(_buffer.Encode(batch, time, LastSequence + 1, writer, out uint lastCrc, out int padding), padding);
        return lastCrc;
    }

    private void Rotate(long firstSequence)
    {
        SegmentWriter full = _writer!;
        if (durability == Durability.Os)
        {
            // The existence of a later segment proves that this one was synced.
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
