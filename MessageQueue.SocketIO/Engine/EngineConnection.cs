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
internal sealed class EngineConnection : IEngineConnection, IOpenConnection
{
    private readonly EngineServer _server;
    private IConnectionOutput _output = null!;

    /// <param name="server">The server of the connection.</param>
    /// <param name="id">The session id.</param>
    /// <param name="handshake">The request of the handshake.</param>
    public EngineConnection(EngineServer server, string id, HttpContext handshake)
    {
        _server = server;
        Id = id;
        Watch = new EngineWatch(this, server);
        Upgrade = new UpgradeAttempt(server);
        Packets = new EnginePackets(this, server);
        Packets.Use(handshake);
        User = handshake.User;
        Rate = server.Host.Addresses.RateOf(handshake.Connection.RemoteIpAddress);
    }

    /// <summary>The session id (<c>sid</c>) of Engine.IO: secret, and different from every session id of Socket.IO.</summary>
    public string Id { get; }

    /// <summary>
    /// The request that carries the message that is being handled, or that of the handshake in <see cref="IEngineAcceptor.Accept"/>. Only
    /// for use until such a call completes, as a request of polling is over then.
    /// </summary>
    public HttpContext Request => Packets.Request ?? throw new InvalidOperationException("No message is being handled.");

    /// <summary>The user of the handshake; one without identity if there is none.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>The rate limit of the connection, which counts messages of all its namespaces; null for none.</summary>
    public MessageRate? Rate { get; }

    /// <inheritdoc />
    public CloseReason? ClosedWith => Output.ClosedWith;

    /// <summary>What it gives messages to.</summary>
    public IEngineHandler Handler { get; private set; } = null!;

    /// <summary>Takes what the client sends.</summary>
    public EnginePackets Packets { get; }

    /// <summary>Watches its time.</summary>
    public EngineWatch Watch { get; }

    /// <summary>The WebSocket that the client tries beside polling.</summary>
    public UpgradeAttempt Upgrade { get; }

    /// <summary>What carries the connection.</summary>
    public IConnectionOutput Output => Volatile.Read(ref _output);

    /// <summary>Polling, while it carries the connection.</summary>
    public PollingTransport? Polling => Output as PollingTransport;

    /// <summary>Begins to carry the connection, and makes its handler. Call it once.</summary>
    public void Open(IConnectionOutput output, ReadOnlySpan<byte> handshake, IEngineAcceptor acceptor)
    {
        _output = output;
        output.Write(handshake);
        Handler = acceptor.Accept(this);
        output.Flush();
    }

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> frame) => Output.TryWrite(frame);

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => Output.TryWrite(head, rest);

    /// <inheritdoc />
    public bool TryWriteShared(ReadOnlyMemory<byte> frames) => Output.TryWriteShared(frames);

    /// <inheritdoc />
    public void Write(ReadOnlySpan<byte> frame) => Output.Write(frame);

    /// <inheritdoc />
    public void Flush() => Output.Flush();

    /// <summary>
    /// Writes and flushes a ping now, unless an earlier one is unanswered. Returns whether it did. Calls
    /// <see cref="IEngineHandler.OnPinging"/> before. May be called on any thread, also by the handler.
    /// </summary>
    public bool TryPing()
    {
        if (!Watch.TryPing())
        {
            return false;
        }

        Handler.OnPinging();
        Write(EnginePacket.PingFrame);
        Flush();
        return true;
    }

    /// <summary>
    /// Closes the connection after it has sent what is written: with a close frame on WebSocket, with a close packet on polling. Only the
    /// first call counts.
    /// </summary>
    public void Close(CloseReason reason) => Output.Close(reason);

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
        if (Output is WebSocketConnection webSocket)
        {
            webSocket.Abort();
        }
        else
        {
            Polling?.Abort();
        }
    }

    /// <inheritdoc />
    public void ShutDown(CloseReason reason)
    {
        Close(reason);
        Handler.Abandon();
    }

    /// <summary>
    /// Returns whether the connection is there for a request that names it. One that has not answered a ping in time is not, even if the
    /// timer has not found out yet.
    /// </summary>
    public bool IsThereFor(bool isPost)
    {
        Watch.Returned();
        if (Polling is { Posts.IsReceiving: false } && Watch.IsLate)
        {
            Abort();
            return false;
        }

        return !isPost || ClosedWith is null;
    }

    /// <summary>Reports that an output that refused a frame has room again.</summary>
    public void Drained()
    {
        try
        {
            Handler.OnDrained();
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
        if (Polling is null || !Upgrade.TryBegin(transport))
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
    public void Probe() => Polling?.Polls.SetProbed(true);

    /// <summary>Completes the upgrade. Returns false if the connection has ended.</summary>
    public async ValueTask<bool> TryUpgradeAsync(WebSocketConnection webSocket)
    {
        bool isUpgraded = Polling is { } polling && await polling.TryHandOverAsync(webSocket).ConfigureAwait(false);
        if (isUpgraded)
        {
            Upgrade.End();
        }

        return isUpgraded;
    }

    /// <summary>Forgets an upgrade that the client did not complete.</summary>
    public void EndUpgrade()
    {
        Polling?.Polls.SetProbed(false);
        Upgrade.End();
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

    /// <summary>Closes the connection because the client says so.</summary>
    public void CloseForClient()
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

    private async Task EndPollingAsync(bool lingers)
    {
        PollingTransport polling = Polling!;
        Upgrade.Close(CloseReason.ClosedByClient);
        await polling.Posts.WhenReceivedAsync().ConfigureAwait(false);
        await CloseHandlerAsync().ConfigureAwait(false);
        if (lingers)
        {
            await polling.Polls.WhenPartedAsync()
                .WaitAsync(_server.Host.Limits.CloseTimeout, _server.Clock)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Forget();
        }

        _server.Host.Connections.Remove(this);
    }

    private async ValueTask CloseHandlerAsync()
    {
        _server.Unwatch(this);
        try
        {
            await Handler.OnClosedAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The connection has to be taken off the server whatever its handler does.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.NotificationFailed(_server.Host.Logger, exception, Id);
        }
    }
}
