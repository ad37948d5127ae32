using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Handlers;
using MessageQueue.Handlers.Durable;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue;

/// <summary>
/// A session: a receiver of events. It outlives its connections; it and its pending events outlive the process too. A process has one
/// object for each session, for as long as the session exists. Events that are emitted to it reach it also later, when it connects again.
/// <see cref="Emitter.To"/> and <see cref="Emitter.Except(ReadOnlySpan{Session})"/> reach the other sessions of its namespace, without it.
/// All members are thread-safe.
/// </summary>
public sealed class Session : Emitter
{
    /// <summary>The most bytes that the server's own code may have a session show.</summary>
    internal const int MaxShownBytes = 8192;

    private readonly SerialQueue _work;
    private ConcurrentDictionary<string, object?>? _items;
    private RecentCalls? _recent;
    private volatile ClaimsPrincipal? _user;
    private volatile Handshake? _handshake;
    private volatile int _connections;

    internal Session(Namespace ns, long id, string name, string address)
    {
        Namespace = ns;
        StateId = id;
        Name = name;
        Address = address;
        _work = new SerialQueue(ns.HandlerHost.Running);
        Share = new Throttle(ns.HandlerHost.Options.MaxInboxCommands, ns.HandlerHost.Options.MaxInboxBytes);
    }

    /// <summary>The namespace of the session.</summary>
    public Namespace Namespace { get; }

    /// <summary>
    /// The name with which a client resumes the session. A name that the server made begins with <c>~</c> and is a secret: show others the
    /// <see cref="Address"/> instead.
    /// </summary>
    public string Name { get; }

    /// <summary>The public name of the session: others see it as <c>from</c>, and emit to it as <c>@ADDRESS</c>.</summary>
    public string Address { get; }

    /// <summary>
    /// The user of the session. In a handler of one of its events: the user who sent that event, as <c>HttpContext.User</c> was on that
    /// connection. For a durable handler, the user is kept with the event: name, roles and the claims of
    /// <see cref="MessageQueueOptions.DurableClaims"/>. Anywhere else: the user of the latest connection; after a restart, a user who is
    /// not authenticated, until the session connects.
    /// </summary>
    /// <exception cref="InvalidOperationException">In a durable handler: the user was not kept with the event, because the claims were too
    /// large (<see cref="MessageQueueOptions.MaxDurableUserBytes"/>) or because an earlier version stored the event.
    /// </exception>
    public ClaimsPrincipal User => HandlerRun.Current is { } run && run.Session == this ? run.User : _user ?? UserCodec.Nobody;

    /// <summary>
    /// What the client of the latest connection said when it connected: query, headers, address, and <c>auth</c> of a Socket.IO client.
    /// Null where the session has no connection; handlers of the last disconnect still get it.
    /// </summary>
    public Handshake? Handshake => _handshake;

    /// <summary>Whether the session has a connection at this moment.</summary>
    public bool IsConnected => _connections > 0;

    /// <summary>
    /// The app's own values for the session, kept in memory until the session or the process ends. Thread-safe; empty at first.
    /// </summary>
    public IDictionary<string, object?> Items => LazyInitializer.EnsureInitialized(ref _items);

    internal long StateId { get; }

    /// <summary>The limit for events of the session that wait for handlers or are being handled, over all its connections.</summary>
    internal Throttle Share { get; }

    internal override HandlerHost HandlerHost => Namespace.HandlerHost;

    internal override Broadcast Target => Namespace.Target.ToSession(this);

    /// <summary>
    /// Joins a room, durably, without asking <see cref="MessageQueueOptions.AuthorizeJoin"/>. Completes when the join is stored. Does
    /// nothing if the session is already in the room.
    /// </summary>
    /// <exception cref="ArgumentException">The name is not a room's: it needs 1 to 128 characters, is not <c>*</c>, and does not begin with
    /// <c>@</c>.</exception>
    /// <exception cref="MessageQueueException">The session would be in more rooms than
    /// <see cref="MessageQueueOptions.MaxRoomsPerSession"/>.</exception>
    /// <exception cref="UnknownSessionException">The session has ended.</exception>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was or will be stored.</exception>
    public async Task JoinAsync(string room, CancellationToken cancellationToken = default)
    {
        byte[] record = RoomPayload(room, HandlerHost.Options.MaxRoomsPerSession);
        Outcome outcome = await HandlerHost.Commands.SendAsync(CommandKind.Join, record, null, cancellationToken).ConfigureAwait(false);
        if (outcome.Kind == OutcomeKind.TooManyRooms)
        {
            throw new MessageQueueException(
                $"The session is already in {HandlerHost.Options.MaxRoomsPerSession} rooms, as many as MaxRoomsPerSession allows.");
        }

        ThrowIfUnknown(outcome);
    }

    /// <summary>
    /// Leaves a room, durably. Events from the room that are pending for the session stay pending. Completes when the leave is stored. Does
    /// nothing if the session is not in the room.
    /// </summary>
    /// <exception cref="ArgumentException">The name is not a room's.</exception>
    /// <exception cref="MessageQueueException">The session would have left more rooms with pending events than
    /// <see cref="MessageQueueOptions.MaxLeftRoomsPerSession"/> allows.</exception>
    /// <exception cref="UnknownSessionException">The session has ended.</exception>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was or will be stored.</exception>
    public async Task LeaveAsync(string room, CancellationToken cancellationToken = default)
    {
        byte[] record = RoomPayload(room, HandlerHost.Options.MaxLeftRoomsPerSession);
        Outcome outcome = await HandlerHost.Commands.SendAsync(CommandKind.Leave, record, null, cancellationToken).ConfigureAwait(false);
        if (outcome.Kind == OutcomeKind.TooManyLeftRooms)
        {
            throw new MessageQueueException(
                $"The session has left {HandlerHost.Options.MaxLeftRoomsPerSession} rooms whose events it has not acknowledged; "
                + "MaxLeftRoomsPerSession allows no more until it acknowledges some.");
        }

        ThrowIfUnknown(outcome);
    }

    /// <summary>
    /// Sets what the session shows of itself to those who watch the presence of its rooms, such as the name of its user; by its own type.
    /// It replaces what its client showed, and a client may replace it, unless <see cref="MessageQueueOptions.MaxPresenceBytes"/> is 0.
    /// It is not stored: it is forgotten when the session has no connection any more, after
    /// <see cref="MessageQueueOptions.PresenceGrace"/>. So set it in <see cref="Namespace.OnConnect"/>. Does nothing if the session has no
    /// connection.
    /// </summary>
    /// <param name="value">The value; at most 8,192 bytes as JSON.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="ArgumentException">The value is larger, or nests deeper than 61 levels.</exception>
    /// <exception cref="NotSupportedException">There is no metadata for the type: add it to the app's JSON context.</exception>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task ShowAsync<T>(T value, CancellationToken cancellationToken = default) =>
        SetShownAsync(HandlerHost.Json.Write(value).Json.ToArray(), cancellationToken);

    /// <inheritdoc cref="ShowAsync{T}(T, CancellationToken)" />
    public Task ShowAsync<T>(T value, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken = default) =>
        SetShownAsync(Json.Write(value, typeInfo).Json.ToArray(), cancellationToken);

    /// <summary>
    /// Closes the session's connections with 1008, after which a client does not connect again by itself. The session stays. Does nothing
    /// if the session has no connection.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task DisconnectAsync(CancellationToken cancellationToken = default) => HandlerHost.Commands.AskAsync(
        state =>
        {
            if (state.Sessions.TryGetValue(StateId, out SessionState? session))
            {
                foreach (ConnectionWindow window in HandlerHost.Commands.Broker.FanOut.ConnectionsOf(session))
                {
                    window.Connection.Close(CloseReason.DisconnectedByServer);
                }
            }

            return true;
        },
        cancellationToken);

    /// <summary>
    /// Ends the session for good: it leaves its rooms, loses its pending events, and its connections are closed with 4002. Does nothing if
    /// the session has already ended.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was or will be stored.</exception>
    public Task EndAsync(CancellationToken cancellationToken = default) =>
        HandlerHost.Commands.SendAsync(CommandKind.End, new EndRecord(StateId, IfDetachedSince: 0).Encode(), null, cancellationToken);

    /// <summary>Returns the rooms that the session is in, in no particular order.</summary>
    /// <exception cref="UnknownSessionException">The session has ended.</exception>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public async Task<IReadOnlyList<string>> RoomsAsync(CancellationToken cancellationToken = default) =>
        await HandlerHost.Commands.AskAsync(FindRooms, cancellationToken).ConfigureAwait(false) ?? throw new UnknownSessionException();

    /// <summary>
    /// Emits an event that asks for an answer, and waits for the answer: the <c>data</c> of the client's acknowledgement. The event is
    /// stored; after the timeout it is no longer delivered, unless <see cref="Emitter.Ttl"/> says otherwise.
    /// </summary>
    /// <param name="eventName">1 to 128 characters.</param>
    /// <param name="data">The data, written by its own type; null for no data; <see cref="Arguments"/> for several.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</param>
    /// <param name="cancellationToken">Stops the waiting; an event that was stored stays stored.</param>
    /// <typeparam name="TAnswer">The type that the answer is read as: the first value, if the client answered with several;
    /// <see cref="ReceivedArguments"/> for all of them.</typeparam>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="JsonException">The answer cannot be read as <typeparamref name="TAnswer"/>.</exception>
    /// <inheritdoc cref="Emitter.EmitJsonAsync" path="/exception" />
    public async Task<TAnswer?> EmitWithAckAsync<TAnswer>(
        string eventName, object? data, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        EventData asked = HandlerHost.Json.WriteObject(data);
        return HandlerHost.Json.Read<TAnswer>(await AskAsync(eventName, asked, timeout, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc cref="EmitWithAckAsync{TAnswer}(string, object?, TimeSpan, CancellationToken)" />
    public async Task<TAnswer?> EmitWithAckAsync<TData, TAnswer>(
        string eventName, TData data, JsonTypeInfo<TData> dataInfo, JsonTypeInfo<TAnswer> answerInfo, TimeSpan timeout,
        CancellationToken cancellationToken = default) =>
        Json.Read(await AskAsync(eventName, Json.Write(data, dataInfo), timeout, cancellationToken).ConfigureAwait(false), answerInfo);

    internal void OnConnected(ConnectingClient client)
    {
        Interlocked.Increment(ref _connections);
        _user = client.User.Identity is { IsAuthenticated: true } ? client.User : null;
        _handshake = client.Handshake;
        foreach ((string name, object? value) in client.Items ?? [])
        {
            Items[name] = value;
        }

        if (Namespace.Handlers.Connect is { IsEmpty: false } handlers)
        {
            _work.Enqueue(() => HandlerHost.Runner.NotifyAsync(
                "connect", Namespace.Name, handlers.Select(handler => (Func<Task>)(() => handler(this)))));
        }
    }

    internal void OnDisconnected(DisconnectReason reason)
    {
        Handshake? last = _handshake;
        bool isLast = Interlocked.Decrement(ref _connections) == 0;
        if (isLast || !Namespace.Handlers.Disconnect.IsEmpty)
        {
            _work.Enqueue(() => EndConnectionAsync(reason, isLast ? last : null));
        }
    }

    /// <summary>Runs a handler after the session's earlier handlers have finished, unless the call is a repetition.</summary>
    internal void Call(HandlerCall call, string eventName, Handler handler)
    {
        string? reference = call.ReferenceText;
        RecentCalls? recent = reference is null
            ? null
            : LazyInitializer.EnsureInitialized(ref _recent, () => new RecentCalls(HandlerHost.Answers));
        if (recent is not null && !recent.TryBegin(call, reference!))
        {
            return;
        }

        ReceivedEvent received = Receive(call, eventName);
        HandlerRun run = new(this, reference is null ? default : new EmitCause(StateId, 0), reference, () => call.User)
        {
            Trace = received.Trace,
        };
        _work.Enqueue(async () =>
        {
            HandlerResult outcome = await HandlerHost.Runner.RunAsync(handler, received, run).ConfigureAwait(false);
            outcome.AnswerTo(call, null, duplicate: false);
            recent?.Complete(reference!, outcome);
        });
    }

    /// <summary>Shows an event without a handler to those who listen to all events, and refuses it.</summary>
    internal void CallListeners(HandlerCall call, string eventName)
    {
        ReceivedEvent received = Receive(call, eventName);
        HandlerRun run = new(this, default, null, () => call.User) { Trace = received.Trace };
        _work.Enqueue(async () =>
        {
            await HandlerHost.Runner.ListenAsync(received, run).ConfigureAwait(false);
            call.Refuse(RequestErrors.Unhandled);
        });
    }

    /// <exception cref="ArgumentException">The name is not a room's.</exception>
    internal static void CheckRoom(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!Names.IsValidRoom(room))
        {
            throw new ArgumentException(
                $"'{room}' is no room; use a name of 1 to 128 characters that is not * and does not begin with @.", nameof(room));
        }
    }

    /// <summary>Runs work after the session's earlier handlers have finished.</summary>
    internal void Enqueue(Func<Task> work) => _work.Enqueue(work);

    private protected override Broadcast Broadcasts() => Namespace.Target.AddExceptions([this]);

    private async Task<EventData> AskAsync(string eventName, EventData data, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (_, PendingReply reply) = await Target.AskAsync(eventName, data, timeout, cancellationToken).ConfigureAwait(false);
        return reply.Take().Received is [var answer, ..]
            ? answer.Data
            : throw new TimeoutException($"The session did not answer '{eventName}' within {timeout}.");
    }

    private Task<bool> SetShownAsync(byte[] json, CancellationToken cancellationToken) => !PresenceRules.MayShow(json, MaxShownBytes)
        ? throw new ArgumentException(
            $"What a session shows of itself has at most {MaxShownBytes} bytes and {PresenceRules.MaxDepth} levels; this has {json.Length} "
            + "bytes.")
        : HandlerHost.Commands.AskAsync(
            state =>
            {
                Broker broker = HandlerHost.Commands.Broker;
                if (state.Sessions.TryGetValue(StateId, out SessionState? session) && broker.FanOut.ConnectionsOf(session).Count > 0)
                {
                    broker.Presence.Show(session, json);
                }

                return true;
            },
            cancellationToken);

    private ReceivedEvent Receive(HandlerCall call, string eventName) => new(HandlerHost.Json, eventName, call.Data, call.ReferenceText)
    {
        From = Address,
        Time = HandlerHost.Options.TimeProvider.GetUtcNow(),
        Trace = call.Trace.IsEmpty ? null : Encoding.UTF8.GetString(call.Trace.Span),
    };

    private async Task EndConnectionAsync(DisconnectReason reason, Handshake? last)
    {
        await HandlerHost.Runner.NotifyAsync(
            "disconnect", Namespace.Name, Namespace.Handlers.Disconnect.Select(handler => (Func<Task>)(() => handler(this, reason))))
            .ConfigureAwait(false);
        if (last is not null)
        {
            // Unless another connection has brought its own meanwhile.
            Interlocked.CompareExchange(ref _handshake, null, last);
        }
    }

    private byte[] RoomPayload(string room, int limit)
    {
        CheckRoom(room);
        return new RoomRecord(StateId, limit, room).Encode();
    }

    private IReadOnlyList<string>? FindRooms(ServerState state) => state.Sessions.TryGetValue(StateId, out SessionState? session)
        ? [.. session.Memberships.Select(membership => membership.Room.Name).Where(name => Names.IsValidRoom(name))]
        : null;

    private static void ThrowIfUnknown(in Outcome outcome)
    {
        if (outcome.Kind == OutcomeKind.UnknownSession)
        {
            throw new UnknownSessionException();
        }
    }
}
