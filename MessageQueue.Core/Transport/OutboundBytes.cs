using System.Runtime.InteropServices;

namespace MessageQueue.Transport;

/// <summary>
/// The bytes of an output that its stream has not taken yet. One buffer holds the bytes being sent; a second one collects those after them.
/// Bytes that many outputs share are not copied as long as they are all that waits. Holds no buffer while nothing waits. Not thread-safe:
/// used under the output's lock.
/// </summary>
internal sealed class OutboundBytes(int limit)
{
    /// <summary>
    /// The most bytes that one write gives to a stream. Kestrel's pipe makes a write wait from 64 KiB on, so it never holds more than twice
    /// this, and a slow client shows progress with every slice.
    /// </summary>
    public const int SliceBytes = 64 * 1024;

    private const int NoneRefused = -1;

    // What waits is either shared or in the buffer, never both.
    private ReadOnlyMemory<byte> _shared;
    private PooledBuffer _pending;

    // Is in the buffer beside it, unless it is shared.
    private ReadOnlyMemory<byte> _sending;
    private PooledBuffer _sendingBuffer;
    private int _sent;
    private int _slice;
    private int _enough = NoneRefused;

    /// <summary>The number of bytes for which no send has started.</summary>
    public int Pending => _pending.Length + _shared.Length;

    /// <summary>How many of these bytes are copies.</summary>
    public int Copied => _pending.Length;

    /// <summary>Whether there is no room for another frame.</summary>
    public bool IsFull => Unsent >= limit;

    /// <summary>Whether at least half of the limit is free.</summary>
    public bool IsHalfFree => Unsent <= limit / 2;

    private int Unsent => Pending + _sending.Length - _sent;

    /// <summary>
    /// Appends a frame in two parts if there is room, or if the output is empty. If not, remembers that a frame was refused.
    /// </summary>
    public bool TryAppend(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        if (!TryAdmit(head.Length + rest.Length))
        {
            return false;
        }

        Append(head);
        if (!rest.IsEmpty)
        {
            _pending.Append(rest);
        }

        return true;
    }

    /// <summary>
    /// As <see cref="TryAppend"/>, for bytes that never change. They are not copied if nothing else waits, or what waits is directly before
    /// them in memory.
    /// </summary>
    public bool TryAppendShared(ReadOnlyMemory<byte> frames)
    {
        if (!TryAdmit(frames.Length))
        {
            return false;
        }

        // While a send is under way its receiver may be slow. It must not keep memory that is many times larger than its own part of it.
        bool mayShare = _pending.Length == 0 && _sent == _sending.Length;
        if (mayShare && _shared.IsEmpty)
        {
            _shared = frames;
        }
        else if (!mayShare || !TryExtendShared(frames))
        {
            Append(frames.Span);
        }

        return true;
    }

    /// <summary>Appends a frame, even if there is no room.</summary>
    public void Append(ReadOnlySpan<byte> frame)
    {
        if (!_shared.IsEmpty)
        {
            _pending.Append(_shared.Span);
            _shared = default;
        }

        _pending.Append(frame);
    }

    /// <summary>Returns the next bytes to send; none when everything is sent. They stay in their buffer until <see cref="Sent"/>.</summary>
    /// <param name="most">The most bytes to return; <see cref="int.MaxValue"/> for all, which are whole frames then.</param>
    public ReadOnlyMemory<byte> TakeSlice(int most = SliceBytes)
    {
        if (_sent == _sending.Length)
        {
            Next();
        }

        _slice = Math.Min(_sending.Length - _sent, most);
        return _sending.Slice(_sent, _slice);
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
        _shared = default;
        _pending.Release();
        Next();
    }

    private bool TryAdmit(int length)
    {
        int unsent = Unsent;
        if (unsent == 0 || (long)unsent + length <= limit)
        {
            return true;
        }

        // Half of the limit must be free before it is worth waking the writer. A frame longer than that must fit, or it would be refused
        // again.
        int enough = Math.Clamp(limit - length, 0, limit / 2);
        _enough = _enough == NoneRefused ? enough : Math.Min(_enough, enough);
        return false;
    }

    private bool TryExtendShared(ReadOnlyMemory<byte> frames)
    {
        bool isNext = MemoryMarshal.TryGetArray(_shared, out ArraySegment<byte> before)
            && MemoryMarshal.TryGetArray(frames, out ArraySegment<byte> after)
            && before.Array == after.Array
            && before.Offset + before.Count == after.Offset;
        if (isNext)
        {
            _shared = new ReadOnlyMemory<byte>(before.Array, before.Offset, before.Count + frames.Length);
        }

        return isNext;
    }

    private void Next()
    {
        _sent = 0;
        _sendingBuffer.Release();
        if (_shared.IsEmpty)
        {
            (_sendingBuffer, _pending) = (_pending, default);
            _sending = _sendingBuffer.Written;
        }
        else
        {
            (_sending, _shared) = (_shared, default);
        }
    }
}
