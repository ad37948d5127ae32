using System.Collections.Concurrent;
using System.Security.Claims;
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
/// Between the broker and the app's code: the app's namespaces and sessions, and the way of an event to its handler and of the answer back.
/// It exists before the server has started, so that handlers are in place when the first client comes. Thread-safe.
/// </summary>
internal sealed class HandlerHost : ISessionEvents
{
    // The part of the whole, as one over this, that one handler may take.
    private const int HandlerShare = 4;

    private readonly ConcurrentDictionary<string, Namespace> _namespaces = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<long, Session> _sessions = [];
    private readonly Throttle _calls;
    private readonly ILogger _logger;
    private ConnectionServices? _services;

    /// <param name="options">Checked.</param>
    /// <param name="logger">Where failing handlers are logged.</param>
    public HandlerHost(MessageQueueOptions options, ILogger logger)
    {
        _logger = logger;
        Options = options;
        Json = new Json(options.JsonSerializerOptions);
        Runner = new HandlerRunner(logger, options.TimeProvider);
        Users = new UserCodec(options);
        Answers = new KeptAnswers(options.MaxKeptAnswerBytes);
        Replies = new Replies(SessionOf);
        _calls = new Throttle(int.MaxValue, options.MaxInboxTotalBytes);
    }

    /// <summary>The server's options.</summary>
    public MessageQueueOptions Options { get; }

    /// <summary>JSON text and the app's types.</summary>
    public Json Json { get; }

    /// <summary>The answers that are kept for clients that repeat themselves.</summary>
    public KeptAnswers Answers { get; }

    /// <summary>Users, as they are kept with the events of durable handlers.</summary>
    public UserCodec Users { get; }

    /// <summary>The server's own commands.</summary>
    public ServerCommands Commands { get; } = new();

    /// <summary>What its own connections need, as those of clients do. There is none before the server has started.</summary>
    public ConnectionServices Services => _services!;

    /// <summary>Runs the app's code.</summary>
    public HandlerRunner Runner { get; }

    /// <summary>Which sessions' handlers run.</summary>
    public RunningHandlers Running { get; } = new();

    /// <summary>The events whose answers are waited for.</summary>
    public Replies Replies { get; }

    /// <summary>Where to log.</summary>
    public ILogger Logger => _logger;

    /// <summary>The namespace of this name, made when missing.</summary>
    /// <exception cref="ArgumentException">It cannot be one.</exception>
    public Namespace Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return NamespacePath.TryParse(path, out string name, out string? error)
            ? _namespaces.GetOrAdd(name, static (key, hub) => new Namespace(hub, key), this)
            : throw new ArgumentException($"'{path}' is no namespace: {error}.", nameof(path));
    }

    /// <summary>The broker runs; work left over from an earlier run begins.</summary>
    public async Task StartAsync(ConnectionServices services)
    {
        _services = services;
        Commands.Start(services.Broker);
        // Observers first: what handlers that run again emit is for them too.
        foreach (Namespace ns in _namespaces.Values)
        {
            await ns.Observers.StartAsync().ConfigureAwait(false);
        }

        foreach (Namespace ns in _namespaces.Values)
        {
            await ns.Work.StartAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Takes no more calls: those that wait for room are turned away.</summary>
    public void Close()
    {
        _calls.Close();
        foreach (Session session in _sessions.Values)
        {
            session.Share.Close();
        }

        foreach (Namespace ns in _namespaces.Values)
        {
            ns.Handlers.CloseShares();
        }
    }

    /// <summary>What the events of one handler may take of what those of all may: a handler that hangs stops itself and no other.</summary>
    public Throttle NewShare() => new(int.MaxValue, Options.MaxInboxTotalBytes / HandlerShare);

    /// <summary>Waits until the app's code has run, but not for ever. To be called when every connection is closed.</summary>
    public async Task StopAsync(TimeSpan limit)
    {
        foreach (Namespace ns in _namespaces.Values)
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

        foreach (Namespace ns in _namespaces.Values)
        {
            await ns.Work.CloseAsync().ConfigureAwait(false);
            await ns.Observers.CloseAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The app's view of a session. Called by the apply loop, or where the session cannot end meanwhile.</summary>
    public Session SessionOf(SessionState state) =>
        _sessions.GetOrAdd(state.Id, static (_, arg) => new Session(arg.HandlerHost.Of(arg.State.Namespace.Name), arg.State.Id, arg.State.Name, arg.State.Address), (HandlerHost: this, State: state));

    /// <summary>The same, where all that is known is who it was: it may have ended.</summary>
    public Session SessionOf(Namespace ns, long id, string address) =>
        _sessions.TryGetValue(id, out Session? session) ? session : new Session(ns, id, address, address);

    /// <summary>Puts an unfinished event of a durable handler aside. False: there is none of this number in the namespace.</summary>
    public Task<bool> SkipAsync(string ns, long number, CancellationToken cancellationToken) =>
        _namespaces.TryGetValue(ns, out Namespace? found) ? found.SkipAsync(number, cancellationToken) : Task.FromResult(false);

    /// <inheritdoc />
    public void Connected(SessionState session, ClaimsPrincipal user)
    {
        if (!session.IsServersOwn && _namespaces.ContainsKey(session.Namespace.Name))
        {
            SessionOf(session).OnConnected(user);
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
                _sessions.TryRemove(session.Id, out _);
            }
        }
    }

    /// <inheritdoc />
    public void Ended(SessionState session)
    {
        // One with a connection goes when that is over, so that its handlers are told.
        if (_sessions.TryGetValue(session.Id, out Session? found) && !found.IsConnected)
        {
            _sessions.TryRemove(session.Id, out _);
        }
    }

    /// <inheritdoc />
    public bool Handles(string ns, ReadOnlySpan<byte> eventName) =>
        _namespaces.TryGetValue(ns, out Namespace? found) && found.Handlers.Handles(eventName);

    /// <inheritdoc />
    public bool Observes(string ns) => _namespaces.TryGetValue(ns, out Namespace? found) && found.Observers.IsAttached;

    /// <inheritdoc />
    public async ValueTask CallAsync(HandlerCall call)
    {
        Session session = SessionOf(call.Session);
        string eventName = Encoding.UTF8.GetString(call.Event.Span);
        if (session.Namespace.Handlers.Find(eventName) is not { } handler)
        {
            call.Refuse(RequestErrors.Unhandled);
            return;
        }

        // From the narrowest to the widest: who waits holds nothing that others wait for.
        Throttle[] admissions = [session.Share, handler.Share!, _calls];
        foreach (Throttle admission in admissions)
        {
            if (!await admission.EnterAsync(call.Weight).ConfigureAwait(false))
            {
                return;
            }
        }

        call.Admissions = admissions;
        if (handler.Options.Durable)
        {
            await session.Namespace.Work.AcceptAsync(call).ConfigureAwait(false);
        }
        else
        {
            session.Call(call, eventName, handler);
        }
    }

    /// <inheritdoc />
    public void OnReply(long eventId, SessionState session, ReadOnlyMemory<byte> data) => Replies.Add(eventId, session, data);
}
