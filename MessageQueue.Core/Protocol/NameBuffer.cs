namespace MessageQueue.Protocol;

/// <summary>
/// Where a codec decodes names to that are no slice of what came. Nothing is allocated until the first of them. A full chunk is left to the
/// slices that point into it and another begun, so that they stay valid and one rare message cannot leave a connection with a large buffer.
/// </summary>
internal sealed class NameBuffer
{
    private const int ChunkBytes = 2048;

    private byte[] _chunk = [];
    private int _used;

    /// <summary>Forgets what was decoded; slices handed out before will be overwritten.</summary>
    public void Clear() => _used = 0;

    /// <summary>Room for a name of at most so many bytes.</summary>
    public Span<byte> GetSpan(int maxBytes)
    {
        if (_chunk.Length - _used < maxBytes)
        {
            _chunk = new byte[Math.Max(ChunkBytes, maxBytes)];
            _used = 0;
        }

        return _chunk.AsSpan(_used);
    }

    /// <summary>Keeps the first bytes of what <see cref="GetSpan"/> gave.</summary>
    public ReadOnlyMemory<byte> Take(int bytes)
    {
        ReadOnlyMemory<byte> name = _chunk.AsMemory(_used, bytes);
        _used += bytes;
        return name;
    }
}
