namespace MessageQueue.Protocol;

/// <summary>
/// A buffer for names that a codec has to decode, because they are not a slice of the input. Allocates nothing until the first of them.
/// When a chunk is full, a new one is started; slices of the old one stay valid. So one rare long message cannot leave a large buffer on
/// the connection.
/// </summary>
internal sealed class NameBuffer
{
    private const int ChunkBytes = 2048;

    private byte[] _chunk = [];
    private int _used;

    /// <summary>Removes all names. Slices that were returned before will be overwritten.</summary>
    public void Clear() => _used = 0;

    /// <summary>Returns room for a name of at most so many bytes.</summary>
    public Span<byte> GetSpan(int maxBytes)
    {
        if (_chunk.Length - _used < maxBytes)
        {
            _chunk = new byte[Math.Max(ChunkBytes, maxBytes)];
            _used = 0;
        }

        return _chunk.AsSpan(_used);
    }

    /// <summary>Keeps the first bytes of the span that <see cref="GetSpan"/> returned.</summary>
    public ReadOnlyMemory<byte> Take(int bytes)
    {
        ReadOnlyMemory<byte> name = _chunk.AsMemory(_used, bytes);
        _used += bytes;
        return name;
    }
}
