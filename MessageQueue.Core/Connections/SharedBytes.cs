namespace MessageQueue.Connections;

/// <summary>
/// Memory for bytes that many outputs share. Parts that are made one after the other lie one after the other, so that an output to which
/// both are written can send them as one. The garbage collector frees the memory when no output needs it any more. Not thread-safe.
/// </summary>
internal sealed class SharedBytes
{
    // A slow receiver may keep one part, and so all of it: not much more than what its socket holds. It is below the size from which the
    // garbage collector treats arrays as large, and it lasts for hundreds of events.
    private const int SlabBytes = 32 << 10;

    private byte[] _slab = [];
    private int _start;
    private int _end;

    /// <summary>Adds bytes to the part that is being made.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_slab.Length - _end < bytes.Length)
        {
            ReadOnlySpan<byte> part = _slab.AsSpan(_start, _end - _start);
            byte[] slab = GC.AllocateUninitializedArray<byte>(Math.Max(SlabBytes, (2 * part.Length) + bytes.Length));
            part.CopyTo(slab);
            (_slab, _start, _end) = (slab, 0, part.Length);
        }

        bytes.CopyTo(_slab.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Returns the part. Its bytes never change.</summary>
    public ReadOnlyMemory<byte> Finish()
    {
        ReadOnlyMemory<byte> part = _slab.AsMemory(_start, _end - _start);
        _start = _end;
        return part;
    }
}
