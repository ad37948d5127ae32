using System.Security.Claims;
using MessageQueue.Connections;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// One Engine.IO connection, whatever carries it at the moment: HTTP long-polling or a WebSocket. What is written to it are whole server
/// frames of WebSocket, one text frame for a packet such as <c>42["a"]</c> (with the <c>4</c> of an Engine.IO message) and one binary frame
/// for an attachment. Polling turns them into payloads when a request is answered. Thread-safe, and used as any output.
/// </summary>
internal sealed class EngineConnection : IEngineConnection, IOpenConnection, IWatchedConnection
{
    private readonly EngineServer _server;
    private readonly EngineLiveness _liveness;
    private readonly long _openedAt;
    private IConnectionOutput _output = null!;
    private IEngineHandler _handler = null!;
    private HttpContext? _request;
    private UpgradeAttempt? _upgrade;
    private long _progress;
    private bool _hasReturned;

    /// <param name="server">The server of the connection.</param>
    /// <param name="id">The session id.</param>
    /// <param name="handshake">The request of the handshake.</param>
    public EngineConnection(EngineServer server, string id, HttpContext handshake)
    {
        _server = server;
        _liveness = new EngineLiveness(server.Options, server.Clock);
        _openedAt = server.Clock.GetTimestamp();
        _request = handshake;
        Id = id;
        User = handshake.User;
        Rate = server.Host.Addresses.RateOf(handshake.Connection.RemoteIpAddress);
    }

    /// <summary>The session id (<c>sid</c>) of Engine.IO: secret, and different from every session id of Socket.IO.</summary>
    public string Id { get; }

    /// <summary>
    /// The request that carries the message that is being handled, or that of the handshake in <see cref="IEngineAcceptor.Accept"/>. Only
    /// for use until such a call completes, as a request of polling is over then.
    /// </summary>
    public HttpContext Request => _request ?? throw new InvalidOperationException("No message is being handled.");

    /// <summary>The user of the handshake; one without identity if there is none.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>The rate limit of the connection, which counts messages of all its namespaces; null for none.</summary>
    public MessageRate? Rate { get; }

    /// <inheritdoc />
    public CloseReason? ClosedWith => Volatile.Read(ref _output).ClosedWith;

    /// <inheritdoc />
    int IWatchedConnection.Slot { get; set; }

    /// <summary>Polling, while it carries the connection.</summary>
    public PollingTransport? Polling => Volatile.Read(ref _output) as PollingTransport;

    /// <summary>Begins to carry the connection, and makes its handler. Call it once.</summary>
    public void Open(IConnectionOutput output, ReadOnlySpan<byte> handshake, IEngineAcceptor acceptor)
    {
        _output = output;
        output.Write(handshake);
        _handler = acceptor.Accept(this);
        output.Flush();
    }

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> frame) => Volatile.Read(ref _output).TryWrite(frame);

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => Volatile.Read(ref _output).TryWrite(head, rest);

    /// <inheritdoc />
    public void Write(ReadOnlySpan<byte> frame) => Volatile.Read(ref _output).Write(frame);

    /// <inheritdoc />
    public void Flush() => Volatile.Read(ref _output).Flush();

    /// <summary>
    /// Writes and flushes a ping now, unless an earlier one is unanswered. Returns whether it did. Calls
    /// <see cref="IEngineHandler.OnPinging"/> before. May be called on any thread, also by the handler.
    /// </summary>
    public bool TryPing()
    {
        if (!_liveness.TryPing(_server.Clock.GetTimestamp()))
        {
            return false;
        }

        _handler.OnPinging();
        Write(EnginePacket.PingFrame);
        Flush();
        return true;
    }

    /// <summary>
    /// Closes the connection after it has sent what is written: with a close frame on WebSocket, with a close packet on polling. Only the
    /// first call counts.
    /// </summary>
    public void Close(CloseReason reason) => Volatile.Read(ref _output).Close(reason);

    /// <summary>Closes the connection because of something that the client did. It does not linger: its id is unknown at once.</summary>
    public void Fail(CloseReason reason)
    {
        if (Polling is { } polling)
        {
            polling.End(reason, EnginePacket.Close, lingers: false);
        }
        else
        {
            Close(reason);
        }
    }

    /// <summary>Ends the connection at once, without sending what is written.</summary>
    public void Abort()
    {
        if (Volatile.Read(ref _output) is WebSocketConnection webSocket)
        {
            webSocket.Abort();
        }
        else
        {
            Polling?.End(null, EnginePacket.Close, lingers: false);
        }
    }

    /// <inheritdoc />
    public void ShutDown(CloseReason reason)
    {
        Close(reason);
        _handler.Abandon();
    }

    /// <summary>
    /// Returns whether the connection is there for a request that names it. One that has not answered a ping in time is not, even if the
    /// timer has not found out yet.
    /// </summary>
    public bool IsThereFor(bool isPost)
    {
        _hasReturned = true;
        if (Polling is { IsReceiving: false } && _liveness.IsLate(_server.Clock.GetTimestamp()))
        {
            Abort();
            return false;
        }

        return !isPost || ClosedWith is null;
    }

    /// <summary>Takes a packet of a payload. A handler that throws closes the connection.</summary>
    public async ValueTask ReceivePacketAsync(HttpContext request, ReadOnlyMemory<byte> packet)
    {
        try
        {
            await ReceiveAsync(request, packet).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // As for a WebSocket: what a handler throws costs its connection only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.HandlerFailed(_server.Host.Logger, exception, Id);
            Fail(CloseReason.ServerFailed);
        }
    }

    /// <summary>Takes a text packet: valid UTF-8.</summary>
    public ValueTask ReceiveTextAsync(HttpContext request, ReadOnlyMemory<byte> packet)
    {
        _request = request;
        switch (packet.Span)
        {
            case [EnginePacket.Message, ..]:
                return _handler.OnTextAsync(packet[1..]);
            case [EnginePacket.Pong, ..]:
                return _liveness.TryAnswer() ? _handler.OnPongAsync() : ValueTask.CompletedTask;
            case [EnginePacket.Close, ..]:
                CloseForClient();
                return ValueTask.CompletedTask;
            case [EnginePacket.Open or EnginePacket.Upgrade or EnginePacket.Noop, ..]:
                // Without meaning here, and ignored by the original too.
                return ValueTask.CompletedTask;
            default:
                return Refuse();
        }
    }

    /// <summary>Takes a binary packet.</summary>
    public ValueTask ReceiveBinaryAsync(HttpContext request, ReadOnlyMemory<byte> data)
    {
        _request = request;
        return _handler.OnBinaryAsync(data);
    }

    /// <summary>Reports that an output that refused a frame has room again.</summary>
    public void Drained()
    {
        try
        {
            _handler.OnDrained();
        }
#pragma warning disable CA1031 // What a handler throws must not end a request that only took bytes.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.NotificationFailed(_server.Host.Logger, exception, Id);
        }
    }

    /// <summary>Begins an upgrade. Returns false if there is one already, or if the connection cannot be upgraded.</summary>
    public bool TryBeginUpgrade(WebSocketTransport transport)
    {
        UpgradeAttempt attempt = new(transport, _server.Clock.GetTimestamp());
        if (Polling is null || Interlocked.CompareExchange(ref _upgrade, attempt, null) is not null)
        {
            return false;
        }

        if (Polling is { IsClosed: false })
        {
            return true;
        }

        EndUpgrade();
        return false;
    }

    /// <summary>Notes that the client tries a WebSocket, and frees it from waiting for its GET.</summary>
    public void Probe() => Polling?.SetProbed(true);

    /// <summary>Completes the upgrade. Returns false if the connection has ended.</summary>
    public async ValueTask<bool> TryUpgradeAsync(WebSocketConnection webSocket)
    {
        bool isUpgraded = Polling is { } polling && await polling.TryHandOverAsync(webSocket).ConfigureAwait(false);
        if (isUpgraded)
        {
            Volatile.Write(ref _upgrade, null);
        }

        return isUpgraded;
    }

    /// <summary>Forgets an upgrade that the client did not complete.</summary>
    public void EndUpgrade()
    {
        Polling?.SetProbed(false);
        Volatile.Write(ref _upgrade, null);
    }

    /// <summary>Changes what carries the connection.</summary>
    public void UseOutput(IConnectionOutput output) => Volatile.Write(ref _output, output);

    /// <summary>Ends a connection on polling, on another thread.</summary>
    /// <param name="lingers">Whether the client may still fetch the last answer.</param>
    public void EndLater(bool lingers) => _ = Task.Run(() => EndPollingAsync(lingers));

    /// <summary>Makes its id unknown.</summary>
    public void Forget() => _server.Forget(this);

    /// <summary>Reports the end to the handler, and forgets the connection.</summary>
    public async ValueTask EndAsync()
    {
        Forget();
        await CloseHandlerAsync().ConfigureAwait(false);
        _server.Host.Connections.Remove(this);
    }

    /// <summary>Notes that the request whose packets were handled is over.</summary>
    public void EndRequest() => _request = null;

    /// <inheritdoc />
    void IWatchedConnection.Check(long now)
    {
        if (Volatile.Read(ref _upgrade) is { } upgrade && upgrade.IsOver(now, _server))
        {
            upgrade.Transport.Close(CloseReason.BadPacket with { Text = "the upgrade took too long" });
            Polling?.SetProbed(false);
        }

        if (!_hasReturned && Polling is not null && _server.Clock.GetElapsedTime(_openedAt, now) >= _server.Host.HandshakeTimeout)
        {
            Abort();
        }
        else if (_liveness.IsLate(now))
        {
            DropUnlessBusy(now);
        }
        else if (_liveness.IsDue(now))
        {
            TryPing();
        }

        _handler.OnTick(now);
    }

    private ValueTask ReceiveAsync(HttpContext request, ReadOnlyMemory<byte> packet)
    {
        if (packet.Span is [EnginePacket.Binary, ..])
        {
            return Payload.TryDecodeBinary(packet, out ReadOnlyMemory<byte> data) ? ReceiveBinaryAsync(request, data) : Refuse();
        }

        return Payload.IsText(packet) ? ReceiveTextAsync(request, packet) : Refuse();
    }

    private ValueTask Refuse()
    {
        Fail(CloseReason.BadPacket);
        return ValueTask.CompletedTask;
    }

    private void CloseForClient()
    {
        if (Polling is { } polling)
        {
            // It lingers, because the client's GET may be on its way beside this packet.
            polling.End(CloseReason.ClosedByClient, EnginePacket.Noop, lingers: true);
        }
        else
        {
            Close(CloseReason.ClosedByClient);
        }
    }

    /// <summary>
    /// Drops a connection without a pong. While the server does not read from a client, it cannot see its pong; and a client that takes
    /// bytes is alive, even if the ping is behind them. The WebSocket's own heartbeat drops a client that takes nothing.
    /// </summary>
    private void DropUnlessBusy(long now)
    {
        (bool isReading, bool isSending, long progress) = Volatile.Read(ref _output) switch
        {
            WebSocketConnection webSocket => (webSocket.Input.IsReading, webSocket.Output.IsSending, webSocket.Output.Progress),
            PollingTransport polling => (!polling.IsHandling, polling.IsSending, polling.Progress),
            _ => (true, false, 0L),
        };
        if (!isReading || (isSending && progress != _progress))
        {
            _progress = progress;
            _liveness.Extend(now);
            return;
        }

        TransportLog.DroppedDead(_server.Host.Logger, Id);
        Abort();
    }

    private async Task EndPollingAsync(bool lingers)
    {
        PollingTransport polling = Polling!;
        Volatile.Read(ref _upgrade)?.Transport.Close(CloseReason.ClosedByClient);
        await polling.WhenReceivedAsync().ConfigureAwait(false);
        await CloseHandlerAsync().ConfigureAwait(false);
        if (lingers)
        {
            using CancellationTokenSource parted = new();
            Task timeout = Task.Delay(_server.Host.Limits.CloseTimeout, _server.Clock, parted.Token);
            await Task.WhenAny(polling.WhenPartedAsync(), timeout).ConfigureAwait(false);
            await parted.CancelAsync().ConfigureAwait(false);
            Forget();
        }

        _server.Host.Connections.Remove(this);
    }

    private async ValueTask CloseHandlerAsync()
    {
        _server.Unwatch(this);
        try
        {
            await _handler.OnClosedAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The connection has to be taken off the server whatever its handler does.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.NotificationFailed(_server.Host.Logger, exception, Id);
        }
    }
}
