namespace MessageQueue.Transport;

/// <summary>
/// The bytes of an output that its stream has not taken yet. One buffer holds the bytes being sent; a second one collects those after them.
/// Holds no buffer while both are empty. Not thread-safe: used under the output's lock.
/// </summary>
internal sealed class OutboundBytes(int limit)
{
    /// <summary>
    /// The most bytes that one write gives to a stream. Kestrel's pipe makes a write wait from 64 KiB on, so it never holds more than twice
    /// this, and a slow client shows progress with every slice.
    /// </summary>
    public const int SliceBytes = 64 * 1024;

    private const int NoneRefused = -1;

    private PooledBuffer _pending;
    private PooledBuffer _sending;
    private int _sent;
    private int _slice;
    private int _enough = NoneRefused;

    /// <summary>The number of bytes for which no send has started.</summary>
    public int Pending => _pending.Length;

    /// <summary>Whether there is no room for another frame.</summary>
    public bool IsFull => Unsent >= limit;

    /// <summary>Whether at least half of the limit is free.</summary>
    public bool IsHalfFree => Unsent <= limit / 2;

    private int Unsent => _pending.Length + _sending.Length - _sent;

    /// <summary>
    /// Appends a frame in two parts if there is room, or if the output is empty. If not, remembers that a frame was refused.
    /// </summary>
    public bool TryAppend(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        int unsent = Unsent;
        int length = head.Length + rest.Length;
        if (unsent == 0 || (long)unsent + length <= limit)
        {
            _pending.Append(head);
            if (!rest.IsEmpty)
            {
                _pending.Append(rest);
            }

            return true;
        }

        // Half of the limit must be free before it is worth waking the writer. A frame longer than that must fit, or it would be refused
        // again.
        int enough = Math.Clamp(limit - length, 0, limit / 2);
        _enough = _enough == NoneRefused ? enough : Math.Min(_enough, enough);
        return false;
    }

    /// <summary>Appends a frame, even if there is no room.</summary>
    public void Append(ReadOnlySpan<byte> frame) => _pending.Append(frame);

    /// <summary>Returns the next bytes to send; none when everything is sent. They stay in their buffer until <see cref="Sent"/>.</summary>
    /// <param name="most">The most bytes to return; <see cref="int.MaxValue"/> for all, which are whole frames then.</param>
    public ReadOnlyMemory<byte> TakeSlice(int most = SliceBytes)
    {
        if (_sent == _sending.Length)
        {
            _sent = 0;
            _sending.Release();
            (_sending, _pending) = (_pending, default);
        }

        _slice = Math.Min(_sending.Length - _sent, most);
        return _sending.Written.Slice(_sent, _slice);
    }

    /// <summary>
    /// Notes that the stream has taken the slice. Returns true once, when there is room again for a frame that was refused.
    /// </summary>
    public bool Sent()
    {
        _sent += _slice;
        if (Unsent > _enough)
        {
            return false;
        }

        _enough = NoneRefused;
        return true;
    }

    /// <summary>Removes all bytes.</summary>
    public void Clear()
    {
        _sent = 0;
        _sending.Release();
        _pending.Release();
    }
}
