using MessageQueue.Storage;

namespace MessageQueue.Tests.Pipeline;

/// <summary>A log whose sync takes as long as the test wants, or fails.</summary>
internal sealed class StubbornLog : IEventLog
{
    private readonly InMemoryEventLog _inner = new();
    private readonly ManualResetEventSlim _disk = new(initialState: true);
    private int _appends;

    /// <summary>The exception of the next sync; null if it succeeds.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Signalled when a batch is written and its sync has begun.</summary>
    public SemaphoreSlim Syncing { get; } = new(0);

    /// <summary>Completes when the log is told to settle.</summary>
    public TaskCompletionSource Settled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The number of batches that were appended.</summary>
    public int Appends => _appends;

    public Guid StoreId => _inner.StoreId;

    public LogIdentity Identity => _inner.Identity;

    public long LastSequence => _inner.LastSequence;

    public int MaxPayloadBytes => _inner.MaxPayloadBytes;

    /// <summary>Makes syncs wait.</summary>
    public void Hold() => _disk.Reset();

    /// <summary>Lets waiting syncs continue.</summary>
    public void Release() => _disk.Set();

    public IReadOnlyList<LogExtent> SealedExtents => _inner.SealedExtents;

    public void Recover(
        long after, IReadOnlyList<SequenceRange> dropped, Action<LogRecord> apply, CancellationToken cancellationToken = default) =>
        _inner.Recover(after, dropped, apply, cancellationToken);

    public void Replay(long after, long upTo, Action<LogRecord> apply) => _inner.Replay(after, upTo, apply);

    public long MakeDurable() => _inner.MakeDurable();

    public void Drop(IReadOnlyList<long> firstSequences) => _inner.Drop(firstSequences);

    public long Append(ReadOnlySpan<LogEntry> batch, long time)
    {
        Interlocked.Increment(ref _appends);
        long first = _inner.Append(batch, time);
        if (!_disk.IsSet)
        {
            Syncing.Release();
            _disk.Wait();
        }

        return Failure is null ? first : throw Failure;
    }

    public void Settle() => Settled.TrySetResult();

    public int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed) =>
        _inner.Read(sequences, records, maxBytes, out consumed);

    public void Dispose()
    {
        _inner.Dispose();
        _disk.Dispose();
        Syncing.Dispose();
    }
}
