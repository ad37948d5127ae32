using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using MessageQueue.Connections;
using MessageQueue.Connections.Json;
using MessageQueue.Diagnostics;
using MessageQueue.Handlers;
using MessageQueue.Http;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;
using MessageQueue.Tokens;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Hosting;

/// <summary>
/// Puts the parts of one server together: one log, one broker and the connections, for any owner of the listening socket. The only place
/// that knows which implementations are used.
/// </summary>
internal sealed class ServerCore : IAsyncDisposable
{
    private const string SubProtocol = "mq.v1";

    private static readonly string ServerName =
        "MessageQueue/" + typeof(ServerCore).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private readonly Broker _broker;
    private readonly ConnectionLimits _connectionLimits;
    private readonly Heartbeat _heartbeat;
    private readonly ConcurrentBag<Heartbeat> _heartbeats = [];
    private readonly OpenConnections _connections;
    private readonly AddressLimits _addresses;
    private readonly OriginPolicy _origins;
    private readonly AppPermissions _permissions;
    private readonly TokenVerifier? _tokens;
    private readonly HttpEndpoints _http;
    private readonly HandlerHost _handlers;
    private readonly ConnectionServices _services;
    private readonly JsonDialect _json;
    private readonly TimeSpan _handlerStopTimeout;
    private readonly ILogger _logger;

    /// <summary>Opens the log and recovers the state from it. When it returns, connections may come.</summary>
    /// <param name="options">The options, checked, and owned by this server.</param>
    /// <param name="handlers">The app's handlers.</param>
    /// <param name="loggerFactory">Makes the loggers.</param>
    /// <param name="name">The server's name among the servers of the app; empty for none.</param>
    /// <param name="cancellationToken">Cancels the recovery, which leaves the disk unchanged.</param>
    public ServerCore(
        MessageQueueOptions options, HandlerHost handlers, ILoggerFactory loggerFactory, string name, CancellationToken cancellationToken)
    {
        _handlers = handlers;
        _handlerStopTimeout = options.HandlerStopTimeout;
        _logger = loggerFactory.CreateLogger("MessageQueue");
        _tokens = options.Tokens.IsEnabled ? new TokenVerifier(options.Tokens, options.TimeProvider, _logger) : null;
        _permissions = new AppPermissions(options, _logger, _tokens);
        _addresses = new AddressLimits(options);
        _connections = new OpenConnections(options.MaxConnections, _addresses);
        _origins = new OriginPolicy(options.AllowedOrigins, _logger);
        _connectionLimits = OptionsMapping.ToConnectionLimits(options);
        IEventLog log = OpenLogFiles(options, loggerFactory);
        try
        {
            long started = Stopwatch.GetTimestamp();
            ISnapshotStore snapshots = OpenSnapshots(options, log, loggerFactory);
            _broker = new Broker(
                log, snapshots, OptionsMapping.ToBrokerLimits(options), options.TimeProvider, _logger, handlers, cancellationToken);
            string store = options.Durability == Durability.Memory ? "memory" : options.DataDirectory;
            long elapsed = (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            HostingLog.Recovered(_logger, _broker.RecoveredSessions, store, log.LastSequence, elapsed);
        }
        catch
        {
            log.Dispose();
            _addresses.Dispose();
            _tokens?.Dispose();
            throw;
        }

        _services = new ConnectionServices(_broker, _permissions, handlers) { Tokens = _tokens };
        _json = new JsonDialect(_services, ServerName);
        _heartbeat = new Heartbeat(_connectionLimits, _logger);
        Dialects = new DialectHost(
            _services, _permissions, _connections, _origins, _addresses, _connectionLimits, options.HandshakeTimeout, _heartbeat, _logger);
        _http = new HttpEndpoints(
            new PublishingEndpoint(_services, _permissions),
            new OperatingEndpoint(_broker, _permissions, handlers.SkipAsync, options.TimeProvider),
            _origins,
            _addresses,
            options.CloseTimeout,
            options.TimeProvider,
            options.Fallback);
        Metrics = new ServerMetrics(_broker.ServerCounters, GaugesOf(_broker, _connections, options.TimeProvider), name);
        // From the start, because histograms count only what somebody listens to.
        MetricsText = _permissions.HasOperators ? new PrometheusText(Metrics) : null;
        Completion = WatchAsync();
    }

    /// <summary>Completes when the server has stopped; faults with the cause if the server has failed.</summary>
    public Task Completion { get; }

    /// <summary>Starts the work of the app's handlers. Await it before connections come.</summary>
    public Task StartHandlersAsync() => _handlers.StartAsync(_services);

    /// <summary>The metrics of the server.</summary>
    public ServerMetrics Metrics { get; }

    /// <summary>The metrics as Prometheus' text; null if the app has no operators.</summary>
    public PrometheusText? MetricsText { get; }

    /// <summary>The broker.</summary>
    public Broker Broker => _broker;

    /// <summary>What the dialects of other projects need.</summary>
    public DialectHost Dialects { get; }

    /// <summary>The number of open connections.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Returns whether a request may read the counters.</summary>
    public async ValueTask<bool> MayReadMetricsAsync(HttpContext context)
    {
        OperateRequest request = new(Operation.ReadMetrics, null, PresentedToken.Of(context.Request), context);
        return await _permissions.FindOperatorRefusalAsync(request).ConfigureAwait(false) is null;
    }

    /// <summary>
    /// Serves one request: a WebSocket handshake until its connection has ended, or an HTTP request until it is answered.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="path">The part of its path that names the namespace.</param>
    public async Task ServeAsync(HttpContext context, string path)
    {
        if (!WebSocketUpgrade.IsRequest(context))
        {
            await AnswerAsync(context, path).ConfigureAwait(false);
            return;
        }

        if (!_origins.Allows(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            _broker.ServerCounters.Refuse();
            return;
        }

        (ConnectionParameters parameters, Admission admission) = await AdmitAsync(context, path).ConfigureAwait(false);
        CloseReason? refusal = admission.Refusal;
        string? subProtocol = WebSocketUpgrade.Offers(context.Request, SubProtocol) ? SubProtocol : null;
        WebSocketConnection connection = await WebSocketConnection
            .AcceptAsync(context, _connectionLimits, subProtocol, _heartbeat, _logger).ConfigureAwait(false);
        // Only the app's code asks for it.
        Handshake? handshake = refusal is null && _handlers.HasNamespace(parameters.Namespace)
            ? Handshake.Of(context, _handlers.Options.TimeProvider.GetUtcNow())
            : null;
        JsonConnection client = new(
            _json, connection, parameters, _addresses.RateOf(context.Connection.RemoteIpAddress), context.User, handshake,
            admission.Grant);
        refusal ??= _connections.Add(client, context.Connection.RemoteIpAddress);
        if (refusal is not null)
        {
            // Refused after the upgrade, because a browser does not tell a page why a handshake failed.
            _broker.ServerCounters.Refuse();
            HostingLog.Refused(_logger, connection.Id, refusal.Code, refusal.Text);
            connection.Close(refusal);
            await connection.ServeAsync(() => connection.RunAsync(RefusedHandler.Instance)).ConfigureAwait(false);
            return;
        }

        await connection.ServeAsync(() => ServeAsync(connection, client)).ConfigureAwait(false);
    }

    /// <summary>Refuses new connections and closes every open one with 1001. Completes when all have ended.</summary>
    public Task CloseConnectionsAsync()
    {
        HostingLog.Stopping(_logger, _connections.Count);
        _http.Stop();
        _handlers.Close();
        return _connections.CloseAllAsync(CloseReason.ServerStopping);
    }

    /// <summary>Starts a heartbeat for a dialect; it ends with the server.</summary>
    /// <param name="shortest">The shortest interval of its connections.</param>
    public Heartbeat StartHeartbeat(TimeSpan shortest)
    {
        Heartbeat heartbeat = new(shortest, _connectionLimits.TimeProvider, _logger);
        _heartbeats.Add(heartbeat);
        return heartbeat;
    }

    /// <summary>Flushes and closes the log. Call it only after <see cref="CloseConnectionsAsync"/> has completed.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Heartbeat heartbeat in _heartbeats.Append(_heartbeat))
        {
            heartbeat.Dispose();
        }

        _addresses.Dispose();
        MetricsText?.Dispose();
        _tokens?.Dispose();
        Metrics.Dispose();
        await _handlers.StopAsync(_handlerStopTimeout).ConfigureAwait(false);
        await _broker.DisposeAsync().ConfigureAwait(false);
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ServeAsync(WebSocketConnection connection, JsonConnection client)
    {
        try
        {
            await client.AttachAsync().ConfigureAwait(false);
            await connection.RunAsync(client).ConfigureAwait(false);
        }
        finally
        {
            _connections.Remove(client);
        }
    }

    private async Task AnswerAsync(HttpContext context, string path)
    {
        if (HandshakeRefusal.AsksForWebSocket(context.Request))
        {
            HandshakeRefusal.Answer(context);
        }
        else
        {
            await _http.ServeAsync(context, path).ConfigureAwait(false);
        }

        if (context.Response.StatusCode >= StatusCodes.Status400BadRequest)
        {
            _broker.ServerCounters.Refuse();
        }
    }

    private async ValueTask<(ConnectionParameters Parameters, Admission Admission)> AdmitAsync(HttpContext context, string path)
    {
        if (!ConnectionParameters.TryParse(path, context.Request.Query, out ConnectionParameters parameters, out string? error))
        {
            return (parameters, new Admission(CloseReason.BadParameters(error!)));
        }

        string? token = PresentedToken.Of(context.Request, parameters.Token);
        ConnectRequest request = new(parameters.Namespace, parameters.Session, token, context);
        Admission admission = await _permissions.AdmitAsync(request).ConfigureAwait(false);
        return (parameters with { Session = admission.Session }, admission);
    }

    private static IEventLog OpenLogFiles(MessageQueueOptions options, ILoggerFactory loggerFactory) =>
        options.Durability == Durability.Memory
            ? new InMemoryEventLog()
            : SegmentLog.Open(
                options.DataDirectory, options.SegmentBytes, options.Durability, DiskFileSystem.Instance, options.TimeProvider,
                loggerFactory.CreateLogger("MessageQueue.Storage"), reserveBytes: options.ReserveBytes);

    private static ISnapshotStore OpenSnapshots(MessageQueueOptions options, IEventLog log, ILoggerFactory loggerFactory) =>
        options.Durability == Durability.Memory
            ? new InMemorySnapshotStore()
            : new FileSnapshotStore(
                options.DataDirectory, log.StoreId, DiskFileSystem.Instance, loggerFactory.CreateLogger("MessageQueue.Storage"));

    private async Task WatchAsync()
    {
        try
        {
            await _broker.Completion.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            HostingLog.Failed(_logger, exception);
            _broker.Queue.Complete();
            _ = _connections.CloseAllAsync(CloseReason.ServerFailed);
            throw;
        }
    }

    private static ServerGauges GaugesOf(Broker broker, OpenConnections connections, TimeProvider timeProvider) => new()
    {
        Now = timeProvider.GetUtcNow,
        Connections = () => connections.Count,
        Sessions = () => broker.Loop.State.Sessions.Count,
        DroppedEvents = () => broker.Loop.FanOut.Dropped,
        IsAccepting = () => broker is { HasRoom: true, Completion.IsCompleted: false },
        FreeBytes = () => broker.FreeBytes,
        DamagedFiles = () => broker.DamagedExtents,
        CheckedBytes = () => broker.Scrubber.Bytes,
    };
}
