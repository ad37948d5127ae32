using System.Runtime.CompilerServices;

namespace MessageQueue.Transport;

/// <summary>
/// The one writer of a connection: whatever goes to the socket, the framework's pongs and closes included, goes through its lock as whole
/// frames. Frames are gathered in a buffer, and one send at a time, which nobody awaits, hands what was gathered to the stream; meanwhile
/// the next frames gather. A send allocates nothing.
/// </summary>
/// <param name="stream">Takes the bytes; only this class may write to it.</param>
/// <param name="limit">How many bytes may wait before the output counts as full.</param>
/// <param name="inline"> Whether a write to the stream is little more than a copy and may be done on the thread of whoever flushes. Under
/// TLS it encrypts, so there it is not.
/// </param>
/// <param name="observer">Told of room and of failure.</param>
internal sealed class ConnectionOutput(Stream stream, int limit, bool inline, IOutputObserver observer) : IThreadPoolWorkItem
{
    // A long burst between two flushes is sent along the way instead of being copied into ever larger buffers.
    private const int SendThreshold = 32 * 1024;

    // After so many slices a send leaves the thread of whoever flushed, which has other connections to serve.
    private const int SlicesPerTurn = 4;

    private readonly Lock _gate = new();
    private readonly OutboundBytes _bytes = new(limit);
    private bool _isSending;
    private bool _isClosed;
    private bool _isBroken;
    private long _progress;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _write;
    private Action? _resume;
    private Waiter _belowLimit;
    private Waiter _closed;
    private Waiter _idle;

    /// <summary>Whether nothing is taken any more, because a close frame was, or <see cref="Seal"/> was called, or a send failed.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Whether a send is under way.</summary>
    public bool IsSending => Volatile.Read(ref _isSending);

    /// <summary>Changes whenever the stream took something.</summary>
    public long Progress => Volatile.Read(ref _progress);

    /// <inheritdoc cref="IConnectionOutput.TryWrite(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest = default)
    {
        bool taken;
        bool start;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            // Refused, it starts a send too: it would wait in vain for room if nobody flushed.
            taken = _bytes.TryAppend(head, rest);
            start = (!taken || _bytes.Pending >= SendThreshold) && TryStartLocked();
        }

        StartIf(start);
        return taken;
    }

    /// <inheritdoc cref="IConnectionOutput.Write"/>
    public void Write(ReadOnlySpan<byte> frame)
    {
        bool start;
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _bytes.Append(frame);
            start = _bytes.Pending >= SendThreshold && TryStartLocked();
        }

        StartIf(start);
    }

    /// <inheritdoc cref="IConnectionOutput.Flush"/>
    public void Flush()
    {
        bool start;
        lock (_gate)
        {
            start = _bytes.Pending > 0 && TryStartLocked();
        }

        StartIf(start);
    }

    /// <summary>
    /// Writes a last frame, which must be a close frame, and sends it. False: nothing is taken any more, and nothing was written.
    /// </summary>
    public bool TryClose(ReadOnlySpan<byte> closeFrame)
    {
        bool start;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _bytes.Append(closeFrame);
            CloseLocked();
            start = TryStartLocked();
        }

        StartIf(start);
        return true;
    }

    /// <summary>From now on nothing is taken. What was written before is still sent.</summary>
    public void Seal()
    {
        lock (_gate)
        {
            CloseLocked();
        }

        Flush();
    }

    /// <summary>Completes at once unless the output is full, else when half of it is free or nothing is taken any more.</summary>
    public ValueTask WhenBelowLimitAsync()
    {
        bool start;
        Task waiting;
        lock (_gate)
        {
            if (_isClosed || !_bytes.IsFull)
            {
                return ValueTask.CompletedTask;
            }

            waiting = _belowLimit.WaitAsync();
            start = TryStartLocked();
        }

        StartIf(start);
        return new ValueTask(waiting);
    }

    /// <summary>Completes when nothing is taken any more.</summary>
    public Task WhenClosedAsync()
    {
        lock (_gate)
        {
            return _isClosed ? Task.CompletedTask : _closed.WaitAsync();
        }
    }

    /// <summary>Completes when no send is under way. After <see cref="Seal"/> that means: the stream is not written to any more.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _isSending ? _idle.WaitAsync() : Task.CompletedTask;
        }
    }

    /// <summary>Begins a send, or goes on with one that left the thread it began on.</summary>
    void IThreadPoolWorkItem.Execute() => Send();

    private bool TryStartLocked()
    {
        if (_isSending || _isBroken)
        {
            return false;
        }

        _isSending = true;
        return true;
    }

    /// <summary>Begins the send that was decided on under the lock. Not under it, because the stream is asked.</summary>
    private void StartIf(bool start)
    {
        if (!start)
        {
            return;
        }

        if (inline)
        {
            Send();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Send()
    {
        for (int slices = 0; slices < SlicesPerTurn; slices++)
        {
            ReadOnlyMemory<byte> slice;
            lock (_gate)
            {
                slice = _bytes.TakeSlice();
                if (slice.IsEmpty)
                {
                    EndSendLocked();
                    return;
                }
            }

            try
            {
                _write = AwaiterOf(stream.WriteAsync(slice));
                if (!_write.IsCompleted)
                {
                    // The thread that completes the write goes on with the send; this one must not touch anything from here on.
                    _write.UnsafeOnCompleted(_resume ??= Resume);
                    return;
                }
            }
            catch (Exception exception)
            {
                Fail(exception);
                return;
            }

            if (!TryEndWrite())
            {
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Resume()
    {
        if (TryEndWrite())
        {
            Send();
        }
    }

    private bool TryEndWrite()
    {
        try
        {
            _write.GetResult();
        }
        catch (Exception exception)
        {
            Fail(exception);
            return false;
        }

        bool drained;
        lock (_gate)
        {
            _progress++;
            drained = _bytes.Sent() && !_isClosed;
            if (_bytes.IsHalfFree)
            {
                _belowLimit.Release();
            }
        }

        if (drained)
        {
            observer.OnDrained();
        }

        return true;
    }

    private void Fail(Exception exception)
    {
        lock (_gate)
        {
            _isBroken = true;
            _bytes.Clear();
            CloseLocked();
            EndSendLocked();
        }

        observer.OnSendFailed(exception);
    }

    private void CloseLocked()
    {
        _isClosed = true;
        _belowLimit.Release();
        _closed.Release();
    }

    private void EndSendLocked()
    {
        _isSending = false;
        _idle.Release();
    }

    private static ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask write) => write.ConfigureAwait(false).GetAwaiter();
}
