namespace MessageQueue.Storage;

/// <summary>Keeps snapshots in memory, for the log in memory and for tests. They end with the instance.</summary>
internal sealed class InMemorySnapshotStore : ISnapshotStore
{
    private const int Kept = 2;

    private readonly SortedList<long, byte[]> _held = [];

    public IReadOnlyList<long> Sequences => [.. _held.Keys.Reverse()];

    public Stream Open(long sequence) => _held.TryGetValue(sequence, out byte[]? content)
        ? new MemoryStream(content, writable: false)
        : throw new LogDamagedException($"There is no snapshot at sequence {sequence}.");

    public void Save(long sequence, Action<Stream> write)
    {
        if (_held.Count > 0 && sequence < _held.Keys[^1])
        {
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"The snapshot at sequence {_held.Keys[^1]} is newer.");
        }

        using var stream = new MemoryStream();
        write(stream);
        _held[sequence] = stream.ToArray();
        while (_held.Count > Kept)
        {
            _held.RemoveAt(0);
        }
    }
}
