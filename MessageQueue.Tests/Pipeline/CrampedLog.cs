using MessageQueue.Storage;

namespace MessageQueue.Tests.Pipeline;

/// <summary>A log on a disk that is full when the test says so.</summary>
internal sealed class CrampedLog : IEventLog, ILogSpace
{
    private readonly InMemoryEventLog _inner = new();

#pragma warning disable CS0067 // No test raises it.
    public event Action? Changed;
#pragma warning restore CS0067

    public bool HasRoom { get; set; } = true;

    public long FreeBytes { get; set; } = long.MaxValue;

    public Guid StoreId => _inner.StoreId;

    public LogIdentity Identity => _inner.Identity;

    public long LastSequence => _inner.LastSequence;

    public int MaxPayloadBytes => _inner.MaxPayloadBytes;

    public IReadOnlyList<LogExtent> SealedExtents => _inner.SealedExtents;

    public void Recover(
        long after, IReadOnlyList<SequenceRange> dropped, Action<LogRecord> apply, CancellationToken cancellationToken = default) =>
        _inner.Recover(after, dropped, apply, cancellationToken);

    public void Replay(long after, long upTo, Action<LogRecord> apply) => _inner.Replay(after, upTo, apply);

    public long MakeDurable() => _inner.MakeDurable();

    public void Drop(IReadOnlyList<long> firstSequences) => _inner.Drop(firstSequences);

    public long Append(ReadOnlySpan<LogEntry> batch, long time) => _inner.Append(batch, time);

    public void Settle() => _inner.Settle();

    public int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed) =>
        _inner.Read(sequences, records, maxBytes, out consumed);

    public void Dispose() => _inner.Dispose();
}
