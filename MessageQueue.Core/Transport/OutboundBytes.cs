namespace MessageQueue.Transport;

/// <summary>
/// The bytes of an output that its stream has not taken yet: those being sent, and those that gather behind them in a second buffer. Holds
/// no buffer while there are none. Not thread-safe: used under the output's lock.
/// </summary>
internal sealed class OutboundBytes(int limit)
{
    // What the stream takes at once. Kestrel's pipe lets a write wait from 64 KiB on, so that it never holds more than twice this,
    // and a slow client shows progress with every slice.
    private const int SliceBytes = 64 * 1024;

    private const int NoneRefused = -1;

    private PooledBuffer _pending;
    private PooledBuffer _sending;
    private int _sent;
    private int _slice;
    private int _enough = NoneRefused;

    /// <summary>How many bytes no send has begun with.</summary>
    public int Pending => _pending.Length;

    /// <summary>Whether there is no room for a frame of any length.</summary>
    public bool IsFull => Unsent >= limit;

    /// <summary>Whether at least half of the room is free.</summary>
    public bool IsHalfFree => Unsent <= limit / 2;

    private int Unsent => _pending.Length + _sending.Length - _sent;

    /// <summary>Takes a frame, in two parts, if there is room, or if there is nothing else; otherwise notes that one was refused.</summary>
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

        // Half the limit is room enough to be worth waking someone; a frame longer than that has to fit, or it would be refused again.
        int enough = Math.Clamp(limit - length, 0, limit / 2);
        _enough = _enough == NoneRefused ? enough : Math.Min(_enough, enough);
        return false;
    }

    /// <summary>Takes a frame whether there is room or not.</summary>
    public void Append(ReadOnlySpan<byte> frame) => _pending.Append(frame);

    /// <summary>The next bytes to send; none when everything is sent. They stay where they are until <see cref="Sent"/>.</summary>
    public ReadOnlyMemory<byte> TakeSlice()
    {
        if (_sent == _sending.Length)
        {
            _sent = 0;
            _sending.Release();
            (_sending, _pending) = (_pending, default);
        }

        _slice = Math.Min(_sending.Length - _sent, SliceBytes);
        return _sending.Written.Slice(_sent, _slice);
    }

    /// <summary>The stream has taken the slice. True, once, when there is room again for what was refused.</summary>
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

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _sent = 0;
        _sending.Release();
        _pending.Release();
    }
}
