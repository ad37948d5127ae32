using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Transport;

/// <summary>
/// One accepted WebSocket. It can be written to and closed as soon as it is accepted. <see cref="RunAsync"/> must always be called, in the
/// work of <see cref="ServeAsync"/> or in the request, which then must not end before.
/// </summary>
internal sealed class WebSocketConnection : IConnectionOutput, IOutputObserver
{
    private readonly UpgradedTransport _transport;
    private readonly ConnectionLimits _limits;
    private readonly ConnectionOutput _output;
    private readonly Heartbeat _heartbeat;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private IConnectionHandler? _handler;
    private CloseReason? _closedWith;
    private ITimer? _closeTimer;
    private long _closeProgress;
    private bool _drainMissed;
    private bool _isOver;

    private WebSocketConnection(UpgradedTransport transport, string id, ConnectionLimits limits, Heartbeat heartbeat, ILogger logger)
    {
        _transport = transport;
        _limits = limits;
        _heartbeat = heartbeat;
        _logger = logger;
        _output = new ConnectionOutput(transport.Output, limits.MaxOutboundBytes, transport.WritesInline, this);
        Input = new ReceiveLoop(transport.Input, _output, this, limits.MaxMessageBytes, logger);
        Id = id;
    }

    /// <summary>The server's name for the underlying connection, for log entries.</summary>
    public string Id { get; }

    /// <inheritdoc/>
    public CloseReason? ClosedWith => Volatile.Read(ref _closedWith);

    /// <summary>The input, for the heartbeat.</summary>
    public ReceiveLoop Input { get; }

    /// <summary>The output, for the heartbeat.</summary>
    public ConnectionOutput Output => _output;

    /// <summary>Accepts the WebSocket handshake.</summary>
    /// <param name="context">The request. See <see cref="ServeAsync"/> for when it may end.</param>
    /// <param name="limits">The limits and intervals of the connection.</param>
    /// <param name="subProtocol">The sub-protocol to name in the answer, one that the client offered; null for none.</param>
    /// <param name="heartbeat">The heartbeat of the server.</param>
    /// <param name="logger">Receives errors of handlers and, at debug level, errors of clients.</param>
    /// <exception cref="InvalidOperationException">Not a WebSocket handshake (see
    /// <see cref="WebSocketUpgrade.IsRequest"/>).</exception>
    public static async ValueTask<WebSocketConnection> AcceptAsync(
        HttpContext context, ConnectionLimits limits, string? subProtocol, Heartbeat heartbeat, ILogger logger)
    {
        UpgradedTransport transport = await WebSocketUpgrade.AcceptAsync(context, subProtocol, limits).ConfigureAwait(false);
        return new WebSocketConnection(transport, context.Connection.Id, limits, heartbeat, logger);
    }

    /// <summary>
    /// Does the work of the connection, which runs it. Where the server can do without the request, the work begins when the request has
    /// ended, and the task completes at once; otherwise with the work.
    /// </summary>
    /// <param name="work">Must not use the request.</param>
    public Task ServeAsync(Func<Task> work) => _transport.ServeAsync(work);

    /// <summary>
    /// Serves the connection until it is over. Passes the messages to the handler; <see cref="IConnectionHandler.OnClosedAsync"/> is the
    /// last call to it. Nothing is sent after the task has completed. Never throws because of the peer or the handler. Call it once.
    /// </summary>
    /// <param name="handler">Receives the messages.</param>
    /// <param name="cancellationToken">Closes the connection with <see cref="CloseReason.ServerStopping"/>.</param>
    public async Task RunAsync(IConnectionHandler handler, CancellationToken cancellationToken = default)
    {
        Attach(handler);
        ConnectionLiveness liveness = new(this, _limits);
        _heartbeat.Add(liveness);
        using (cancellationToken.UnsafeRegister(
            static connection => ((WebSocketConnection)connection!).Close(CloseReason.ServerStopping), this))
        {
            await Input.RunAsync(handler).ConfigureAwait(false);
            await EndAsync(handler).ConfigureAwait(false);
        }

        _heartbeat.Remove(liveness);
    }

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlySpan<byte> frame) => _output.TryWrite(frame, default);

    /// <inheritdoc/>
    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => _output.TryWrite(head, rest);

    /// <inheritdoc/>
    public bool TryWriteShared(ReadOnlyMemory<byte> frames) => _output.TryWriteShared(frames);

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> frame) => _output.Write(frame);

    /// <inheritdoc/>
    public void Flush() => _output.Flush();

    /// <inheritdoc/>
    public void Close(CloseReason reason)
    {
        // Before the frame is sent: the client's answer can end the connection before this method returns.
        if (_output.IsClosed || Interlocked.CompareExchange(ref _closedWith, reason, null) is not null)
        {
            return;
        }

        Span<byte> frame = stackalloc byte[WebSocketFrame.MaxControlBytes];
        int length = WebSocketFrame.WriteClose(frame, reason.Code, reason.Text);
        if (_output.TryClose(frame[..length]))
        {
            StartCloseTimer();
        }
        else
        {
            Volatile.Write(ref _closedWith, null);
        }
    }

    /// <summary>Aborts the connection without a close frame. It is over as soon as the handler returns.</summary>
    public void Abort()
    {
        // When the connection is over, its context may serve another request.
        lock (_gate)
        {
            if (!_isOver)
            {
                _transport.Abort();
            }
        }
    }

    /// <summary>Drops a connection that the heartbeat found dead.</summary>
    public void DropDead()
    {
        TransportLog.DroppedDead(_logger, Id);
        Abort();
    }

    void IOutputObserver.OnDrained()
    {
        lock (_gate)
        {
            if (_handler is null)
            {
                _drainMissed = true;
                return;
            }
        }

        Drained(_handler);
    }

    void IOutputObserver.OnSendFailed(Exception exception)
    {
        TransportLog.SendFailed(_logger, exception, Id);
        Abort();
    }

    private void Attach(IConnectionHandler handler)
    {
        bool drained;
        lock (_gate)
        {
            _handler = handler;
            drained = _drainMissed;
        }

        if (drained)
        {
            Drained(handler);
        }
    }

    private void Drained(IConnectionHandler handler)
    {
        try
        {
            handler.OnDrained();
        }
        catch (Exception exception)
        {
            TransportLog.NotificationFailed(_logger, exception, Id);
        }
    }

    private async Task EndAsync(IConnectionHandler handler)
    {
        StartCloseTimer();
        if (_output.IsClosed)
        {
            await Input.DiscardAsync().ConfigureAwait(false);
        }

        _output.Seal();
        try
        {
            await handler.OnClosedAsync().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            TransportLog.NotificationFailed(_logger, exception, Id);
        }

        // The transport belongs to the server. Bytes written after the connection is over could end up in another one.
        await _output.WhenIdleAsync().ConfigureAwait(false);
        ITimer? timer;
        lock (_gate)
        {
            _isOver = true;
            timer = _closeTimer;
        }

        if (timer is not null)
        {
            await timer.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void StartCloseTimer()
    {
        lock (_gate)
        {
            if (_closeTimer is null && !_isOver)
            {
                _closeProgress = _output.Progress;
                _closeTimer = _limits.TimeProvider.CreateTimer(
                    static connection => ((WebSocketConnection)connection!).OnCloseTimeout(),
                    this,
                    _limits.CloseTimeout,
                    Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>
    /// Ends the discarding of input. A client that is still taking bytes from before the close frame gets the same time once more: without
    /// the close code it would reconnect at once. A client that takes nothing is cut off.
    /// </summary>
    private void OnCloseTimeout()
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            long progress = _output.Progress;
            if (_output.IsSending && progress != _closeProgress)
            {
                _closeProgress = progress;
                _closeTimer!.Change(_limits.CloseTimeout, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Input.StopReading();
        if (_output.IsSending)
        {
            TransportLog.DroppedClosing(_logger, Id);
            Abort();
        }
    }
}
