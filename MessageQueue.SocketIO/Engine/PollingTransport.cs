using MessageQueue.Protocol;
using MessageQueue.Transport;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// HTTP long-polling: keeps the frames that are written until a GET takes them, or until a WebSocket takes over. Thread-safe.
/// </summary>
internal sealed class PollingTransport : IConnectionOutput
{
    private readonly EngineConnection _connection;
    private readonly OutboundBytes _bytes;
    private IConnectionOutput? _successor;
    private Waiter _belowLimit;
    private byte _farewell;
    private bool _isClosed;

    /// <param name="connection">The connection.</param>
    /// <param name="limit">The most bytes that wait for the client.</param>
    /// <param name="clock">The server's clock.</param>
    public PollingTransport(EngineConnection connection, int limit, TimeProvider clock)
    {
        _connection = connection;
        _bytes = new OutboundBytes(limit);
        Polls = new PollRequests(this, connection, clock);
        Posts = new PostRequests(this, connection);
    }

    /// <summary>Guards the frames, and what is known of the requests: a change to a WebSocket has to see both.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The requests that take frames.</summary>
    public PollRequests Polls { get; }

    /// <summary>The requests that bring packets.</summary>
    public PostRequests Posts { get; }

    /// <inheritdoc />
    public CloseReason? ClosedWith { get; private set; }

    /// <summary>Whether it has ended, and does not only carry no more.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Whether a WebSocket has taken over.</summary>
    public bool IsOvertaken => Volatile.Read(ref _successor) is not null;

    /// <summary>Whether there is something to say to the client. Under the gate.</summary>
    public bool HasNewsLocked => _bytes.Pending > 0 || _isClosed || _successor is not null;

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> frame) => TryWrite(frame, default);

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        lock (Gate)
        {
            if (_successor is not null)
            {
                return _successor.TryWrite(head, rest);
            }

            if (_isClosed)
            {
                return false;
            }

            if (_bytes.TryAppend(head, rest))
            {
                return true;
            }

            // Without an answer now there would be no room again until the next flush.
            Polls.WakeLocked();
            return false;
        }
    }

    /// <inheritdoc />
    public void Write(ReadOnlySpan<byte> frame)
    {
        lock (Gate)
        {
            if (_successor is not null)
            {
                _successor.Write(frame);
            }
            else if (!_isClosed)
            {
                _bytes.Append(frame);
            }
        }
    }

    /// <inheritdoc />
    public void Flush()
    {
        lock (Gate)
        {
            if (_successor is not null)
            {
                _successor.Flush();
            }
            else if (_bytes.Pending > 0)
            {
                Polls.WakeLocked();
            }
        }
    }

    /// <summary>
    /// Ends the transport: what is written and a close packet are the answer to the waiting GET, or to one that comes within the close
    /// timeout.
    /// </summary>
    public void Close(CloseReason reason) => End(reason, EnginePacket.Close, lingers: true);

    /// <summary>Ends the transport at once, unless a WebSocket has taken over: then that is not concerned.</summary>
    public void Abort() => End(null, EnginePacket.Close, lingers: false);

    /// <summary>Ends the transport. Only the first call counts.</summary>
    /// <param name="reason">The reason; null if the connection is lost.</param>
    /// <param name="farewell">The packet that ends the answer to the last GET.</param>
    /// <param name="lingers">Whether a later GET may still get that answer.</param>
    public void End(CloseReason? reason, byte farewell, bool lingers)
    {
        lock (Gate)
        {
            if (_successor is not null)
            {
                if (reason is not null)
                {
                    _successor.Close(reason);
                }

                return;
            }

            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
            ClosedWith = reason;
            _farewell = farewell;
            lingers &= !Polls.IsPolled;
            if (!lingers)
            {
                // Before any answer, so that nobody who has one finds the connection again.
                _connection.Forget();
            }

            _belowLimit.Release();
            Polls.WakeLocked();
        }

        _connection.EndLater(lingers);
    }

    /// <summary>
    /// Hands over to a WebSocket: what is written and not sent goes there, and so does all that is written from then on. Waits until the
    /// requests that are being served are done, so that nothing is overtaken. Returns false if the connection has ended.
    /// </summary>
    public async ValueTask<bool> TryHandOverAsync(IConnectionOutput successor)
    {
        bool drained;
        while (true)
        {
            Task busy;
            lock (Gate)
            {
                if (_isClosed)
                {
                    return false;
                }

                (Task? answering, Task? posting) = (Polls.BusyLocked, Posts.BusyLocked);
                if (answering is null && posting is null)
                {
                    drained = MoveLocked(successor);
                    break;
                }

                busy = Task.WhenAll(answering ?? Task.CompletedTask, posting ?? Task.CompletedTask);
            }

            await busy.ConfigureAwait(false);
        }

        successor.Flush();
        if (drained)
        {
            _connection.Drained();
        }

        return true;
    }

    /// <summary>Returns all frames that were written and not sent, for a GET. Under the gate.</summary>
    /// <param name="farewell">The packet after them if the transport has ended: then this is the last answer; else null.</param>
    public ReadOnlyMemory<byte> TakeLocked(out byte? farewell)
    {
        farewell = _isClosed ? _farewell : null;
        if (_isClosed)
        {
            _connection.Forget();
        }

        return _successor is null ? _bytes.TakeSlice(int.MaxValue) : default;
    }

    /// <summary>
    /// Notes that the frames of <see cref="TakeLocked"/> are sent. Returns whether the writer has to be told that there is room again.
    /// Under the gate.
    /// </summary>
    /// <param name="isSome">Whether there were frames.</param>
    public bool SentLocked(bool isSome)
    {
        bool drained = isSome && _bytes.Sent() && !_isClosed;
        if (_successor is null && _bytes.Pending == 0)
        {
            _bytes.Clear();
        }

        if (_bytes.IsHalfFree)
        {
            _belowLimit.Release();
        }

        return drained;
    }

    /// <summary>Completes when there is room for more. The waiting GET is answered if there is none.</summary>
    public Task WhenBelowLimit()
    {
        lock (Gate)
        {
            if (_isClosed || !_bytes.IsFull)
            {
                return Task.CompletedTask;
            }

            Polls.WakeLocked();
            return _belowLimit.WaitAsync();
        }
    }

    private bool MoveLocked(IConnectionOutput successor)
    {
        ReadOnlyMemory<byte> frames = _bytes.TakeSlice(int.MaxValue);
        if (!frames.IsEmpty)
        {
            successor.Write(frames.Span);
        }

        bool drained = _bytes.Sent();
        _bytes.Clear();
        _successor = successor;
        _connection.UseOutput(successor);
        Polls.OvertakenLocked();
        return drained;
    }
}
