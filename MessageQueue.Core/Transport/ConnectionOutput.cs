using System.Runtime.CompilerServices;

namespace MessageQueue.Transport;

/// <summary>
/// The only writer of a connection. All frames go through its lock as whole frames, including the pongs and close frames of the framework.
/// Frames collect in a buffer. One send at a time hands the collected bytes to the stream, and nobody awaits it; frames that arrive during
/// the send collect in the next buffer. A send allocates nothing.
/// </summary>
/// <param name="stream">Takes the bytes; only this class may write to it.</param>
/// <param name="limit">How many bytes may wait before the output counts as full.</param>
/// <param name="inline">
/// Whether a write to the stream costs little more than a copy, so that the thread that flushes may do it. Under TLS a write also encrypts,
/// so there it is false.
/// </param>
/// <param name="observer">Receives the events "there is room again" and "sending failed".</param>
internal sealed class ConnectionOutput(Stream stream, int limit, bool inline, IOutputObserver observer) : IThreadPoolWorkItem
{
    // A long burst between two flushes is sent in parts, so that the buffer does not have to grow with it.
    private const int SendThreshold = 32 * 1024;

    // After this many slices the send moves to another thread: the thread that flushed has other connections to serve.
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

    /// <summary>
    /// Whether no more frames are accepted, because a close frame was written, <see cref="Seal"/> was called or a send failed.
    /// </summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Whether a send is under way.</summary>
    public bool IsSending => Volatile.Read(ref _isSending);

    /// <summary>Changes whenever the stream has taken bytes.</summary>
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

            // Also start a send when the frame does not fit: without it there would be no room again until the next flush.
            taken = _bytes.TryAppend(head, rest);
            start = (!taken || _bytes.Copied >= SendThreshold) && TryStartLocked();
        }

        StartIf(start);
        return taken;
    }

    /// <inheritdoc cref="IConnectionOutput.TryWriteShared"/>
    public bool TryWriteShared(ReadOnlyMemory<byte> frames)
    {
        bool taken;
        bool start;
        lock (_gate)
        {
            if (_isClosed)
            {
                return false;
            }

            taken = _bytes.TryAppendShared(frames);
            start = (!taken || _bytes.Copied >= SendThreshold) && TryStartLocked();
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
            start = _bytes.Copied >= SendThreshold && TryStartLocked();
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
    /// Writes a close frame as the last frame and sends it. Returns false, and writes nothing, if no more frames are accepted.
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

    /// <summary>Stops accepting frames. Frames that were written before are still sent.</summary>
    public void Seal()
    {
        lock (_gate)
        {
            CloseLocked();
        }

        Flush();
    }

    /// <summary>
    /// Completes when half of the output is free or no more frames are accepted. Completes at once if the output is not full.
    /// </summary>
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

    /// <summary>Completes when no more frames are accepted.</summary>
    public Task WhenClosedAsync()
    {
        lock (_gate)
        {
            return _isClosed ? Task.CompletedTask : _closed.WaitAsync();
        }
    }

    /// <summary>Completes when no send is under way. After <see cref="Seal"/>, nothing is written to the stream from then on.</summary>
    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _isSending ? _idle.WaitAsync() : Task.CompletedTask;
        }
    }

    /// <summary>Starts a send, or continues one that has moved to another thread.</summary>
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

    /// <summary>Starts the send that was decided under the lock. It runs outside the lock because it calls the stream.</summary>
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
                    // The thread that completes the write continues the send. This thread must not touch anything from here on.
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

    private static ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter AwaiterOf(ValueTask write) =>
        write.ConfigureAwait(false).GetAwaiter();
}
