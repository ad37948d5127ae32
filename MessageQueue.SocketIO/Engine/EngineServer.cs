using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.Diagnostics;
using MessageQueue.Hosting;
using MessageQueue.Protocol;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// Serves the requests of Engine.IO on one path: checks them as the original does, and passes each to its connection. Thread-safe.
/// </summary>
internal sealed class EngineServer
{
    // As many as the original's; 120 bits, so that nobody can guess one.
    private const int IdBytes = 15;
    private const string Polling = "polling";
    private const string WebSocket = "websocket";

    private readonly ConcurrentDictionary<string, EngineConnection> _connections = [];
    private readonly IEngineAcceptor _acceptor;
    private readonly ConnectionLimits _limits;
    private readonly Heartbeat _heartbeat;
    private readonly EngineCors _cors;
    private readonly ClientFiles? _files;

    /// <param name="core">The running server.</param>
    /// <param name="options">The options, checked, and not changed any more.</param>
    /// <param name="acceptor">Makes the handlers of connections.</param>
    public EngineServer(ServerCore core, SocketIOOptions options, IEngineAcceptor acceptor)
    {
        Host = core.Dialects;
        Options = options;
        _acceptor = acceptor;
        _cors = new EngineCors(Host.Origins.AllowsAll);
        _files = options.ClientFiles is { } directory ? new ClientFiles(directory) : null;
        // Pings are packets of Engine.IO here. The heartbeat of WebSockets only drops a client that takes no more bytes.
        _limits = Host.Limits with
        {
            MaxMessageBytes = options.MaxMessageBytes,
            PingInterval = Timeout.InfiniteTimeSpan,
            IdleTimeout = options.PingInterval + options.PingTimeout,
        };
        _heartbeat = core.StartHeartbeat(options.ShortestInterval);
    }

    /// <summary>What the server offers.</summary>
    public DialectHost Host { get; }

    /// <summary>The options.</summary>
    public SocketIOOptions Options { get; }

    /// <summary>The server's clock.</summary>
    public TimeProvider Clock => Host.Limits.TimeProvider;

    /// <summary>Serves one request: until its WebSocket has ended, or until it is answered.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        if (!Host.Origins.Allows(context.Request))
        {
            await RefuseAsync(context, EngineError.Forbidden).ConfigureAwait(false);
        }
        else if (HttpMethods.IsOptions(context.Request.Method))
        {
            _cors.AnswerPreflight(context);
        }
        else
        {
            _cors.Allow(context);
            if (_files?.Find(context.Request) is { } file)
            {
                await file.ExecuteAsync(context).ConfigureAwait(false);
                return;
            }

            await ServeAllowedAsync(context).ConfigureAwait(false);
        }
    }

    /// <summary>Forgets a connection, so that its id is unknown.</summary>
    public void Forget(EngineConnection connection) => _connections.TryRemove(connection.Id, out _);

    /// <summary>Stops the heartbeat of a connection.</summary>
    public void Unwatch(EngineConnection connection) => _heartbeat.Remove(connection.Watch);

    private async Task ServeAllowedAsync(HttpContext context)
    {
        bool isUpgrade = HandshakeRefusal.AsksForWebSocket(context.Request);
        EngineConnection? connection = null;
        if (FindError(context.Request, isUpgrade, ref connection) is { } error)
        {
            await RefuseAsync(context, error).ConfigureAwait(false);
        }
        else if (isUpgrade)
        {
            await ServeWebSocketAsync(context, connection).ConfigureAwait(false);
        }
        else if (connection is null)
        {
            await OpenPollingAsync(context).ConfigureAwait(false);
        }
        else if (connection.Polling is not { } polling)
        {
            // It was upgraded after the check.
            await RefuseAsync(context, EngineError.BadRequest).ConfigureAwait(false);
        }
        else if (HttpMethods.IsPost(context.Request.Method))
        {
            await polling.Posts.ServeAsync(context, Options.MaxMessageBytes).ConfigureAwait(false);
        }
        else
        {
            await polling.Polls.ServeAsync(context).ConfigureAwait(false);
        }
    }

    // In the order of the original, because only the first error is reported.
    private EngineError? FindError(HttpRequest request, bool isUpgrade, ref EngineConnection? connection)
    {
        IQueryCollection query = request.Query;
        string transport = query["transport"].ToString();
        if (!IsOffered(transport))
        {
            return EngineError.UnknownTransport;
        }

        string id = query["sid"].ToString();
        if (id.Length > 0)
        {
            bool isPost = HttpMethods.IsPost(request.Method);
            return !_connections.TryGetValue(id, out connection) || !connection.IsThereFor(isPost) ? EngineError.UnknownSession
                : isUpgrade != (transport == WebSocket) || (!isUpgrade && connection.Polling is null) ? EngineError.BadRequest
                : !isPost && !HttpMethods.IsGet(request.Method) ? EngineError.BadRequest
                : null;
        }

        return !HttpMethods.IsGet(request.Method) ? EngineError.BadHandshakeMethod
            : isUpgrade != (transport == WebSocket) || query.ContainsKey("j") ? EngineError.BadRequest
            : query["EIO"] != "4" ? EngineError.UnsupportedVersion
            : null;
    }

    private bool IsOffered(string transport) => transport switch
    {
        Polling => Options.Transports.HasFlag(SocketIOTransports.Polling),
        WebSocket => Options.Transports.HasFlag(SocketIOTransports.WebSocket),
        _ => false,
    };

    private async Task OpenPollingAsync(HttpContext context)
    {
        EngineConnection connection = new(this, NewId(), context);
        PollingTransport polling = new(connection, _limits.MaxOutboundBytes, Clock);
        bool hasUpgrade = Options.AllowUpgrades && Options.Transports.HasFlag(SocketIOTransports.WebSocket);
        connection.Open(polling, Handshake(connection.Id, hasUpgrade), _acceptor);
        connection.Packets.Use(null);
        Watch(connection);
        if (Host.Connections.Add(connection, context.Connection.RemoteIpAddress) is { } refusal)
        {
            HostingLog.Refused(Host.Logger, connection.Id, refusal.Code, refusal.Text);
            connection.Fail(refusal);
            await RefuseAsync(context, EngineError.Overloaded(refusal.Text)).ConfigureAwait(false);
            return;
        }

        await polling.Polls.ServeAsync(context).ConfigureAwait(false);
    }

    private async Task ServeWebSocketAsync(HttpContext context, EngineConnection? connection)
    {
        if (!WebSocketUpgrade.IsRequest(context))
        {
            Host.Services.Broker.ServerCounters.Refuse();
            HandshakeRefusal.Answer(context);
            return;
        }

        WebSocketConnection webSocket = await WebSocketConnection
            .AcceptAsync(context, _limits, subProtocol: null, Host.Heartbeat, Host.Logger).ConfigureAwait(false);
        WebSocketTransport transport = connection is null
            ? OpenWebSocket(context, webSocket)
            : new WebSocketTransport(connection, context, webSocket, isTried: true);
        if (connection is null || connection.TryBeginUpgrade(transport))
        {
            await webSocket.RunAsync(transport).ConfigureAwait(false);
            return;
        }

        // Closed after the handshake, as the original does.
        webSocket.Close(CloseReason.BadPacket with { Text = "the connection is not one that can be upgraded" });
        await webSocket.RunAsync(RefusedHandler.Instance).ConfigureAwait(false);
    }

    private WebSocketTransport OpenWebSocket(HttpContext context, WebSocketConnection webSocket)
    {
        EngineConnection connection = new(this, NewId(), context);
        connection.Open(webSocket, Handshake(connection.Id, hasUpgrade: false), _acceptor);
        Watch(connection);
        if (Host.Connections.Add(connection, context.Connection.RemoteIpAddress) is { } refusal)
        {
            // Refused after the upgrade, because a browser does not tell a page why a handshake failed.
            Host.Services.Broker.ServerCounters.Refuse();
            HostingLog.Refused(Host.Logger, webSocket.Id, refusal.Code, refusal.Text);
            connection.Close(refusal);
        }

        return new WebSocketTransport(connection, context, webSocket, isTried: false);
    }

    private void Watch(EngineConnection connection)
    {
        _connections[connection.Id] = connection;
        _heartbeat.Add(connection.Watch);
    }

    private byte[] Handshake(string id, bool hasUpgrade)
    {
        string upgrades = hasUpgrade ? $"\"{WebSocket}\"" : "";
        long interval = (long)Options.PingInterval.TotalMilliseconds;
        long timeout = (long)Options.PingTimeout.TotalMilliseconds;
        int most = Options.MaxMessageBytes;
        string content = $$"""
            0{"sid":"{{id}}","upgrades":[{{upgrades}}],"pingInterval":{{interval}},"pingTimeout":{{timeout}},"maxPayload":{{most}}}
            """;
        return WebSocketFrame.BuildText(Encoding.ASCII.GetBytes(content));
    }

    private Task RefuseAsync(HttpContext context, EngineError error)
    {
        Host.Services.Broker.ServerCounters.Refuse();
        return error.AnswerAsync(context);
    }

    private static string NewId() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(IdBytes));
}
