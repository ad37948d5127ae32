using System.Runtime.CompilerServices;

namespace MessageQueue.Transport;

/// <summary>
/// The one writer of a connection: whatever goes to the socket, the framework's pongs and closes included, goes through its lock as whole frames.
/// Frames are gathered in a buffer, and one send at a time, which nobody awaits, hands what was gathered to the stream. While that is under way the next
/// frames gather in a second buffer. Without anything to send it holds no buffer, and a send allocates nothing.
/// </summary>
/// <param name="stream">Takes the bytes; only this class may write to it.</param>
/// <param name="limit">How many bytes may wait before the output counts as full.</param>
/// <param name="inline">
/// Whether a write to the stream is little more than a copy and may be done on the thread of whoever flushes. Under TLS it encrypts, so there it is not.
/// </param>
/// <param name="observer">Told of room and of failure.</param>
internal sealed class ConnectionOutput(Stream stream, int limit, bool inline, IOutputObserver observer) : IThreadPoolWorkItem
{
    // A long burst between two flushes is sent along the way instead of being copied into ever larger buffers.
    private const int SendThreshold = 32 * 1024;

    // What the stream takes at once. Kestrel's pipe lets a write wait from 64 KiB on, so that it never holds more than twice this,
    // and a slow client shows progress with every slice.
    private const int SliceBytes = 64 * 1024;

    // After so many slices a send leaves the thread of whoever flushed, which has other connections to serve.
    private const int SlicesPerTurn = 4;

    private readonly Lock _gate = new();
    private PooledBuffer _pending;
    private PooledBuffer _sending;
    private int _sent;
    private int _slice;
    private int _drainAt = -1;
    private bool _isSending;
    private bool _isClosed;
    private bool _isBroken;
    private long _progress;
    private ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter _write;
    private Action? _resume;
    private TaskCompletionSource? _belowLimit;
    private TaskCompletionSource? _closed;
    private TaskCompletionSource? _idle;

    /// <summary>Whether nothing is taken any more, because a close frame was, or <see cref="Seal"/> was called, or a send failed.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Whether a send is under way.</summary>
    public bool IsSending => Volatile.Read(ref _isSending);

    /// <summary>Changes whenever the stream took something.</summary>
    public long Progress => Volatile.Read(ref _progress);

    private int Unsent => _pending.Length + _sending.Length - _sent;

    /// <inheritdoc cref="IConnectionOutput.TryWrite"/>
    public bool TryWrite(ReadOnlySpan<byte> frame)
    {
        bool taken;
        bool start;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            int unsent = Unsent;
            taken = unsent == 0 || (long)unsent + frame.Length <= limit;
            if (taken)
            {
                _pending.Append(frame);
                start = _pending.Length >= SendThreshold && TryStart();
            }
            else
            {
                // Half the limit is room enough to be worth waking someone; a frame longer than that has to fit, or it would be refused again.
                int enough = Math.Clamp(limit - frame.Length, 0, limit / 2);
                _drainAt = _drainAt < 0 ? enough : Math.Min(_drainAt, enough);
                start = TryStart();
            }
        }

        if (start)
        {
            Start();
        }

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

            _pending.Append(frame);
            start = _pending.Length >= SendThreshold && TryStart();
        }

        if (start)
        {
            Start();
        }
    }

    /// <inheritdoc cref="IConnectionOutput.Flush"/>
    public void Flush()
    {
        bool start;
        lock (_gate)
        {
            start = _pending.Length > 0 && TryStart();
        }

        if (start)
        {
            Start();
        }
    }

    /// <summary>Writes a last frame, which must be a close frame, and sends it. False: nothing is taken any more, and nothing was written.</summary>
    public bool TryClose(ReadOnlySpan<byte> closeFrame)
    {
        bool start;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            _pending.Append(closeFrame);
            CloseLocked();
            start = TryStart();
        }

        if (start)
        {
            Start();
        }

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

    /// <summary>Completes at once unless the output is full, else when it has drained or is closed. For one waiter at a time: the receive loop.</summary>
    public ValueTask WhenBelowLimitAsync()
    {
        bool start;
        Task waiting;
        lock (_gate)
        {
            if (_isClosed || Unsent < limit)
            {
                return ValueTask.CompletedTask;
            }

            _belowLimit ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = _belowLimit.Task;
            start = TryStart();
        }

        if (start)
        {
            Start();
        }

        return new ValueTask(waiting);
    }

    /// <summary>Completes when nothing is taken any more.</summary>
    public Task WhenClosedAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return Task.CompletedTask;
            }

            _closed ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _closed.Task;
        }
    }

    /// <summary>Completes when no send is under way. After <see cref="Seal"/> that means: the stream is not written to any more.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            if (!_isSending)
            {
                return Task.CompletedTask;
            }

            _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }

    /// <summary>Goes on with a send that left the thread it began on.</summary>
    void IThreadPoolWorkItem.Execute() => Send();

    /// <summary>Whoever gets true has to call <see cref="Start"/>, outside the lock.</summary>
    private bool TryStart()
    {
        if (_isSending || _isBroken)
        {
            return false;
        }

        _isSending = true;
        return true;
    }

    private void Start()
    {
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
            if (!TryTakeSlice(out ReadOnlyMemory<byte> slice))
            {
                return;
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

                _write.GetResult();
            }
            catch (Exception exception)
            {
                Fail(exception);
                return;
            }

            Sent();
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Resume()
    {
        try
        {
            _write.GetResult();
        }
        catch (Exception exception)
        {
            Fail(exception);
            return;
        }

        Sent();
        Send();
    }

    /// <summary>The next bytes for the stream; false when there are none, and then the send is over.</summary>
    private bool TryTakeSlice(out ReadOnlyMemory<byte> slice)
    {
        lock (_gate)
        {
            if (_sent == _sending.Length)
            {
                _sent = 0;
                _sending.Release();
                (_sending, _pending) = (_pending, default);
            }

            _slice = Math.Min(_sending.Length - _sent, SliceBytes);
            slice = _sending.Written.Slice(_sent, _slice);
            if (_slice == 0)
            {
                EndSendLocked();
            }

            return _slice > 0;
        }
    }

    private void Sent()
    {
        bool drained = false;
        lock (_gate)
        {
            _sent += _slice;
            _progress++;
            int unsent = Unsent;
            if (unsent <= limit / 2)
            {
                Release(ref _belowLimit);
            }

            if (unsent <= _drainAt && !_isClosed)
            {
                _drainAt = -1;
                drained = true;
            }
        }

        if (drained)
        {
            observer.OnDrained();
        }
    }

    private void Fail(Exception exception)
    {
        lock (_gate)
        {
            _isBroken = true;
            CloseLocked();
            _sent = 0;
            _sending.Release();
            _pending.Release();
            EndSendLocked();
        }

        observer.OnSendFailed(exception);
    }

    private void CloseLocked()
    {
        _isClosed = true;
        Release(ref _belowLimit);
        Release(ref _closed);
    }

    private void EndSendLocked()
    {
        _isSending = false;
        Release(ref _idle);
    }

    private static ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask write) => write.ConfigureAwait(false).GetAwaiter();

    private static void Release(ref TaskCompletionSource? waiter)
    {
        waiter?.SetResult();
        waiter = null;
    }
}
