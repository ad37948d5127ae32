using MessageQueue.Http;
using MessageQueue.Protocol;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// HTTP long-polling: keeps what is written until a GET asks for it, and reads the packets that POSTs bring. There is one GET and one POST
/// at a time. Frames become a payload on the thread of the request, never on that of the writer.
/// </summary>
internal sealed class PollingTransport(EngineConnection connection, int limit, TimeProvider clock) : IConnectionOutput
{
    // As often as the original sends a packet to a client that tries a WebSocket and still polls.
    private static readonly TimeSpan ProbedPollDelay = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly OutboundBytes _bytes = new(limit);
    private IConnectionOutput? _successor;
    private TaskCompletionSource? _waiting;
    private TaskCompletionSource? _answering;
    private TaskCompletionSource? _posting;
    private Waiter _belowLimit;
    private Waiter _parted;
    private Waiter _probeEnded;
    private long _progress;
    private byte _farewell;
    private bool _isBlocked;
    private bool _isPolled;
    private bool _isProbed;
    private bool _isClosed;
    private bool _hasParted;

    /// <inheritdoc />
    public CloseReason? ClosedWith { get; private set; }

    /// <summary>Changes whenever a client has taken bytes.</summary>
    public long Progress => Volatile.Read(ref _progress);

    /// <summary>Whether a POST is being handled, so that a later one cannot be read yet.</summary>
    public bool IsReceiving => Volatile.Read(ref _posting) is not null;

    /// <summary>
    /// Whether a client waits for the server to handle what it sent; not if it is the server that waits for the client to fetch answers.
    /// </summary>
    public bool IsHandling => IsReceiving && !Volatile.Read(ref _isBlocked);

    /// <summary>Whether it has ended, and does not only carry no more.</summary>
    public bool IsClosed => Volatile.Read(ref _isClosed);

    /// <summary>Whether a GET waits for its answer.</summary>
    public bool IsPolled => Volatile.Read(ref _isPolled);

    /// <summary>Whether a GET is being answered.</summary>
    public bool IsSending => Volatile.Read(ref _answering) is not null;

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> frame) => TryWrite(frame, default);

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        lock (_gate)
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
            WakeLocked();
            return false;
        }
    }

    /// <inheritdoc />
    public void Write(ReadOnlySpan<byte> frame)
    {
        lock (_gate)
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
        lock (_gate)
        {
            if (_successor is not null)
            {
                _successor.Flush();
            }
            else if (_bytes.Pending > 0)
            {
                WakeLocked();
            }
        }
    }

    /// <summary>
    /// Ends the transport: what is written and a close packet are the answer to the waiting GET, or to one that comes within the close
    /// timeout.
    /// </summary>
    public void Close(CloseReason reason) => End(reason, EnginePacket.Close, lingers: true);

    /// <summary>Ends the transport. Only the first call counts.</summary>
    /// <param name="reason">The reason; null if the connection is lost.</param>
    /// <param name="farewell">The packet that ends the answer to the last GET.</param>
    /// <param name="lingers">Whether a later GET may still get that answer.</param>
    public void End(CloseReason? reason, byte farewell, bool lingers)
    {
        lock (_gate)
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
            lingers &= !_isPolled;
            if (!lingers)
            {
                // Before any answer, so that nobody who has one finds the connection again.
                connection.Forget();
            }

            _belowLimit.Release();
            WakeLocked();
        }

        connection.EndLater(lingers);
    }

    /// <summary>
    /// Answers the waiting GET, and soon every other, so that the client is free to change to a WebSocket; or stops doing so.
    /// </summary>
    public void SetProbed(bool isProbed)
    {
        lock (_gate)
        {
            _isProbed = isProbed;
            if (isProbed)
            {
                WakeLocked();
            }
            else
            {
                _probeEnded.Release();
            }
        }
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
            lock (_gate)
            {
                if (_isClosed)
                {
                    return false;
                }

                if (_answering is null && _posting is null)
                {
                    drained = MoveLocked(successor);
                    break;
                }

                busy = Task.WhenAll(_answering?.Task ?? Task.CompletedTask, _posting?.Task ?? Task.CompletedTask);
            }

            await busy.ConfigureAwait(false);
        }

        successor.Flush();
        if (drained)
        {
            connection.Drained();
        }

        return true;
    }

    /// <summary>Answers a GET as soon as there is something to say.</summary>
    public async Task PollAsync(HttpContext context)
    {
        Task? before;
        Task? probeEnded;
        lock (_gate)
        {
            before = _isPolled ? null : _answering?.Task ?? Task.CompletedTask;
            probeEnded = _isProbed ? _probeEnded.WaitAsync() : null;
            _isPolled = true;
        }

        if (before is null)
        {
            connection.Fail(CloseReason.BadPacket with { Text = "two polling requests at a time" });
            await EngineError.BadRequest.AnswerAsync(context).ConfigureAwait(false);
            return;
        }

        using (context.RequestAborted.UnsafeRegister(static connection => ((EngineConnection)connection!).Abort(), connection))
        {
            if (probeEnded is not null && await IsOvertakenAsync(probeEnded).ConfigureAwait(false))
            {
                await EngineError.BadRequest.AnswerAsync(context).ConfigureAwait(false);
                return;
            }

            // The client has the last bytes of an answer before the server knows that they are sent.
            await before.ConfigureAwait(false);
            await WhenReadyAsync().ConfigureAwait(false);
        }

        await AnswerAsync(context).ConfigureAwait(false);
    }

    /// <summary>Handles the packets of a POST, and answers it when they are handled.</summary>
    public async Task PostAsync(HttpContext context, int maxBytes)
    {
        bool overlaps;
        lock (_gate)
        {
            overlaps = _posting is not null;
            if (!overlaps)
            {
                _posting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        if (overlaps)
        {
            connection.Fail(CloseReason.BadPacket with { Text = "two requests with packets at a time" });
            await EngineError.BadRequest.AnswerAsync(context).ConfigureAwait(false);
            return;
        }

        EngineError? error = await ReceiveAsync(context, maxBytes).ConfigureAwait(false);
        connection.EndRequest();

        // Before the answer: the client may send its next request as soon as it has it.
        lock (_gate)
        {
            _posting!.SetResult();
            _posting = null;
        }

        await (error?.AnswerAsync(context) ?? AcknowledgeAsync(context)).ConfigureAwait(false);
    }

    /// <summary>Completes when no POST is being handled.</summary>
    public Task WhenReceivedAsync()
    {
        lock (_gate)
        {
            return _posting?.Task ?? Task.CompletedTask;
        }
    }

    /// <summary>Completes when a GET got the last answer.</summary>
    public Task WhenPartedAsync()
    {
        lock (_gate)
        {
            return _hasParted ? Task.CompletedTask : _parted.WaitAsync();
        }
    }

    /// <summary>
    /// Waits whether the upgrade completes that a client has begun, since its WebSocket may be slower than its request. Otherwise the
    /// request is one that the client has to get rid of before it can upgrade.
    /// </summary>
    private async Task<bool> IsOvertakenAsync(Task probeEnded)
    {
        using CancellationTokenSource over = new();
        await Task.WhenAny(probeEnded, Task.Delay(ProbedPollDelay, clock, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        return Volatile.Read(ref _successor) is not null;
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
        connection.UseOutput(successor);
        _probeEnded.Release();
        WakeLocked();
        return drained;
    }

    private void WakeLocked()
    {
        _waiting?.SetResult();
        _waiting = null;
    }

    private Task WhenReadyAsync()
    {
        lock (_gate)
        {
            if (_bytes.Pending > 0 || _isClosed || _isProbed || _successor is not null)
            {
                return Task.CompletedTask;
            }

            _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiting.Task;
        }
    }

    private async Task AnswerAsync(HttpContext context)
    {
        ReadOnlyMemory<byte> frames;
        byte last;
        bool parts;
        lock (_gate)
        {
            frames = _successor is null ? _bytes.TakeSlice(int.MaxValue) : default;
            parts = _isClosed;
            if (parts)
            {
                connection.Forget();
            }

            last = parts ? _farewell : frames.IsEmpty ? EnginePacket.Noop : (byte)0;
            _isPolled = false;
            _answering = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        bool isSent = await SendAsync(context, frames, last).ConfigureAwait(false);
        bool drained;
        lock (_gate)
        {
            drained = !frames.IsEmpty && _bytes.Sent() && !_isClosed;
            if (_successor is null && _bytes.Pending == 0)
            {
                _bytes.Clear();
            }

            if (_bytes.IsHalfFree)
            {
                _belowLimit.Release();
            }

            _answering!.SetResult();
            _answering = null;
            if (parts)
            {
                _hasParted = true;
                _parted.Release();
            }
        }

        if (!isSent && !frames.IsEmpty)
        {
            connection.Abort();
        }
        else if (drained)
        {
            connection.Drained();
        }
    }

    private async ValueTask<bool> SendAsync(HttpContext context, ReadOnlyMemory<byte> frames, byte last)
    {
        context.Response.ContentType = "text/plain; charset=UTF-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = Payload.Measure(frames, last);
        try
        {
            await Payload.WriteAsync(context.Response.BodyWriter, frames, last, Progressed).ConfigureAwait(false);
            Progressed();
            return !context.RequestAborted.IsCancellationRequested;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private void Progressed() => Interlocked.Increment(ref _progress);

    private async ValueTask<EngineError?> ReceiveAsync(HttpContext context, int maxBytes)
    {
        if (context.Request.ContentType == "application/octet-stream")
        {
            connection.Fail(CloseReason.BadPacket with { Text = "a body has to be text" });
            return EngineError.BadRequest;
        }

        try
        {
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            {
                size.MaxRequestBodySize = null;
            }

            ReadOnlyMemory<byte>? body = await RequestBody.ReadAsync(context.Request, maxBytes, context.RequestAborted)
                .ConfigureAwait(false);
            return body is null ? EngineError.TooLarge : await ReceiveAsync(context, body.Value).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // The body did not come to its end, so packets of it are lost.
            connection.Abort();
            return EngineError.BadRequest;
        }
    }

    private async ValueTask<EngineError?> ReceiveAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        bool isLast = false;
        while (!isLast && !Volatile.Read(ref _isClosed))
        {
            ReadOnlyMemory<byte> packet = Payload.TakePacket(ref body, out isLast);
            await connection.ReceivePacketAsync(context, packet).ConfigureAwait(false);
            await WhenBelowLimitAsync().ConfigureAwait(false);
        }

        return ClosedWith is null || ClosedWith == CloseReason.ClosedByClient || ClosedWith.Disconnect != DisconnectReason.ProtocolViolation
            ? null
            : EngineError.BadRequest;
    }

    // Answers to the client's packets are always taken, so the packets have to wait while the client does not fetch the answers.
    private async ValueTask WhenBelowLimitAsync()
    {
        Task room;
        lock (_gate)
        {
            if (_isClosed || !_bytes.IsFull)
            {
                return;
            }

            WakeLocked();
            _isBlocked = true;
            room = _belowLimit.WaitAsync();
        }

        await room.ConfigureAwait(false);
        Volatile.Write(ref _isBlocked, false);
    }

    private static Task AcknowledgeAsync(HttpContext context)
    {
        // Engine.IO answers with this type: with text/plain, some old browsers offer a download.
        context.Response.ContentType = "text/html";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = 2;
        return context.Response.Body.WriteAsync("ok"u8.ToArray()).AsTask();
    }
}
