using System.Collections.Concurrent;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Diagnostics;
using MessageQueue.Handlers.Durable;
using MessageQueue.Protocol;
using MessageQueue.State;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Handlers;

/// <summary>
/// Connects the broker with the app's code. It holds the app's namespaces and sessions, brings events to their handlers, and brings the
/// answers back. It exists before the server has started, so that handlers can be added before the first client comes. Thread-safe.
/// </summary>
internal sealed class HandlerHost : ISessionEvents
{
    // One handler may take up to one part in this many of the total limit.
    private const int HandlerShare = 4;

    private readonly ConcurrentDictionary<long, Session> _sessions = [];
    private readonly NamespaceTable _namespaces;
    private readonly Throttle _calls;
    private readonly ILogger _logger;
    private ConnectionServices? _services;

    /// <param name="options">The options, checked.</param>
    /// <param name="logger">Logs handlers that fail.</param>
    public HandlerHost(MessageQueueOptions options, ILogger logger)
    {
        _logger = logger;
        Options = options;
        Json = new Json(options.JsonSerializerOptions);
        Runner = new HandlerRunner(logger, options.TimeProvider);
        Users = new UserCodec(options);
        Answers = new KeptAnswers(options.MaxKeptAnswerBytes);
        Replies = new Replies(SessionOf);
        _namespaces = new NamespaceTable(this, options.MaxDynamicNamespaces);
        _calls = new Throttle(int.MaxValue, options.MaxInboxTotalBytes);
    }

    /// <summary>The server's options.</summary>
    public MessageQueueOptions Options { get; }

    /// <summary>Reads and writes the app's types as JSON.</summary>
    public Json Json { get; }

    /// <summary>The answers that are kept for clients that repeat an event.</summary>
    public KeptAnswers Answers { get; }

    /// <summary>Reads and writes the users that are kept with the events of durable handlers.</summary>
    public UserCodec Users { get; }

    /// <summary>Sends the server's own commands.</summary>
    public ServerCommands Commands { get; } = new();

    /// <summary>The services that connections need, here those inside the server. Not set before the server has started.</summary>
    public ConnectionServices Services => _services!;

    /// <summary>Runs the app's code.</summary>
    public HandlerRunner Runner { get; }

    /// <summary>Counts the sessions whose handlers are running.</summary>
    public RunningHandlers Running { get; } = new();

    /// <summary>The events that wait for answers of their receivers.</summary>
    public Replies Replies { get; }

    /// <summary>The number of namespaces that exist because of a rule for dynamic ones.</summary>
    public int DynamicNamespaces => _namespaces.DynamicCount;

    /// <summary>The logger.</summary>
    public ILogger Logger => _logger;

    /// <summary>Returns the namespace of this name; makes it if it is missing.</summary>
    /// <exception cref="ArgumentException">The path is not a valid namespace.</exception>
    public Namespace Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return NamespacePath.TryParse(path, out string name, out string? error)
            ? _namespaces.Keep(name)
            : throw new ArgumentException($"'{path}' is no namespace: {error}.", nameof(path));
    }

    /// <summary>Adds a rule for dynamic namespaces.</summary>
    public void AddRule(Func<string, bool> matches, Action<Namespace> configure) => _namespaces.AddRule(matches, configure);

    /// <summary>Starts the observers and durable handlers, which begin with events that an earlier run left unfinished.</summary>
    public async Task StartAsync(ConnectionServices services)
    {
        _services = services;
        Commands.Start(services.Broker);
        // Dynamic namespaces whose handlers or observers have unfinished events exist again before a client asks for them.
        foreach (string name in await Commands.AskAsync(NamespacesOfOwnSessions, CancellationToken.None).ConfigureAwait(false))
        {
            if (_namespaces.Covers(name))
            {
                _namespaces.Keep(name);
            }
        }

        // Observers first: durable handlers run again at once, and the observers must see what they emit.
        foreach (Namespace ns in _namespaces.All)
        {
            await ns.Observers.StartAsync().ConfigureAwait(false);
        }

        foreach (Namespace ns in _namespaces.All)
        {
            await ns.Work.StartAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Accepts no more calls. Calls that wait for room are dropped without an answer.</summary>
    public void Close()
    {
        _calls.Close();
        foreach (Session session in _sessions.Values)
        {
            session.Share.Close();
        }

        foreach (Namespace ns in _namespaces.All)
        {
            ns.Handlers.CloseShares();
        }
    }

    /// <summary>
    /// Returns a new limit for the events of one handler. It is a part of the total limit, so a handler that hangs stops only itself.
    /// </summary>
    public Throttle NewShare() => new(int.MaxValue, Options.MaxInboxTotalBytes / HandlerShare);

    /// <summary>Waits until the app's code has finished, up to a limit. Call it only after every connection is closed.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        foreach (Namespace ns in _namespaces.All)
        {
            ns.Work.Stop();
            ns.Observers.Stop();
        }

        try
        {
            await Running.WhenIdleAsync().WaitAsync(limit, Options.TimeProvider).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            HandlersLog.HandlersAbandoned(_logger, limit);
        }

        foreach (Namespace ns in _namespaces.All)
        {
            await ns.Work.CloseAsync().ConfigureAwait(false);
            await ns.Observers.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns the app's object for a session. Call it on the apply loop, or where the session cannot end meanwhile.
    /// </summary>
    public Session SessionOf(SessionState state)
    {
        if (_sessions.TryGetValue(state.Id, out Session? found))
        {
            return found;
        }

        string name = state.Namespace.Name;
        Namespace ns = _namespaces.TryAcquire(name, out Namespace? known) && known is not null ? known : _namespaces.Keep(name);
        Session made = new(ns, state.Id, state.Name, state.Address);
        Session kept = _sessions.GetOrAdd(state.Id, made);
        if (kept != made)
        {
            _namespaces.Release(ns);
        }

        return kept;
    }

    /// <summary>Returns the app's object for a session that may have ended, of which only the id and address are known.</summary>
    public Session SessionOf(Namespace ns, long id, string address) =>
        _sessions.TryGetValue(id, out Session? session) ? session : new Session(ns, id, address, address);

    /// <summary>
    /// Skips an unfinished event of a durable handler. Returns false if there is none with this number in the namespace.
    /// </summary>
    public Task<bool> SkipAsync(string ns, long number, CancellationToken cancellationToken) =>
        _namespaces.TryGet(ns, out Namespace? found) ? found.SkipAsync(number, cancellationToken) : Task.FromResult(false);

    /// <inheritdoc />
    public bool HasNamespace(string ns) => _namespaces.Covers(ns);

    /// <inheritdoc />
    public ValueTask<CloseReason?> AdmitAsync(ConnectingClient client)
    {
        Namespace? ns;
        try
        {
            if (!_namespaces.TryAcquire(client.Namespace, out ns))
            {
                return ValueTask.FromResult<CloseReason?>(CloseReason.TooManyNamespaces);
            }
        }
#pragma warning disable CA1031 // The app's code that sets up a dynamic namespace: an exception affects only the client that asks for it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            HandlersLog.DynamicNamespaceFailed(_logger, exception, client.Namespace);
            return ValueTask.FromResult<CloseReason?>(CloseReason.NotAdmitted);
        }

        if (ns is null)
        {
            return default;
        }

        client.HoldsNamespace = true;
        if (client.Handshake.Size > Options.MaxHandshakeBytes)
        {
            return ValueTask.FromResult<CloseReason?>(CloseReason.HandshakeTooBig);
        }

        // A new namespace has its observers before its first event.
        Task observing = ns.Observers.StartAsync();
        return observing.IsCompletedSuccessfully && ns.Handlers.ConnectMiddlewares.IsEmpty ? default : AdmitAsync(ns, client, observing);
    }

    /// <inheritdoc />
    public void Settled(ConnectingClient client)
    {
        if (client.HoldsNamespace && _namespaces.TryGet(client.Namespace, out Namespace? ns))
        {
            _namespaces.Release(ns);
        }
    }

    /// <inheritdoc />
    public void Connected(SessionState session, ConnectingClient client)
    {
        if (!session.IsServersOwn && _namespaces.TryGet(session.Namespace.Name, out _))
        {
            SessionOf(session).OnConnected(client);
        }
    }

    /// <inheritdoc />
    public void Disconnected(SessionState session, CloseReason? reason)
    {
        if (_sessions.TryGetValue(session.Id, out Session? found))
        {
            found.OnDisconnected(reason?.Disconnect ?? DisconnectReason.ConnectionLost);
            if (session.IsEnded)
            {
                Remove(found);
            }
        }
    }

    /// <inheritdoc />
    public void Ended(SessionState session)
    {
        // A session with a connection is removed later, when the connection ends, so that its disconnect handlers still run.
        if (_sessions.TryGetValue(session.Id, out Session? found) && !found.IsConnected)
        {
            Remove(found);
        }
    }

    /// <inheritdoc />
    public bool Handles(string ns, ReadOnlySpan<byte> eventName) =>
        _namespaces.TryGet(ns, out Namespace? found) && found.Handlers.Handles(eventName);

    /// <inheritdoc />
    public bool Observes(string ns) => _namespaces.TryGet(ns, out Namespace? found) && found.Observers.IsAttached;

    /// <inheritdoc />
    public async ValueTask CallAsync(HandlerCall call)
    {
        Session session = SessionOf(call.Session);
        string eventName = Encoding.UTF8.GetString(call.Event.Span);
        Handler? handler = session.Namespace.Handlers.Find(eventName);
        if (handler is null && session.Namespace.Handlers.Listeners.IsEmpty)
        {
            call.Refuse(RequestErrors.Unhandled);
            return;
        }

        // Enters the narrowest limit first: a call that waits then holds no room of a wider limit, for which other calls may wait.
        Throttle[] admissions = handler is null ? [session.Share, _calls] : [session.Share, handler.Share!, _calls];
        foreach (Throttle admission in admissions)
        {
            if (!await admission.EnterAsync(call.Weight).ConfigureAwait(false))
            {
                return;
            }
        }

        call.Admissions = admissions;
        if (handler is null)
        {
            session.CallListeners(call, eventName);
        }
        else if (handler.Options.Durable)
        {
            await session.Namespace.Work.AcceptAsync(call).ConfigureAwait(false);
        }
        else
        {
            session.Call(call, eventName, handler);
        }
    }

    /// <inheritdoc />
    public void OnReply(long eventId, SessionState session, EventData data) => Replies.Add(eventId, session, data);

    private async ValueTask<CloseReason?> AdmitAsync(Namespace ns, ConnectingClient client, Task observing)
    {
        await observing.ConfigureAwait(false);
        return ns.Handlers.ConnectMiddlewares is { IsEmpty: false } middlewares
            ? await Middlewares.AdmitAsync(middlewares, new ConnectContext(ns, client), _logger).ConfigureAwait(false)
            : null;
    }

    private void Remove(Session session)
    {
        if (_sessions.TryRemove(session.StateId, out _))
        {
            _namespaces.Release(session.Namespace);
        }
    }

    private static List<string> NamespacesOfOwnSessions(ServerState state) =>
    [
        .. state.Namespaces.Values
            .Where(ns => ns.FindSession(ServerSessions.Handlers) is not null || ns.FindSession(ServerSessions.Observers) is not null)
            .Select(ns => ns.Name),
    ];
}
