using System.Collections.Concurrent;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Handlers;
using MessageQueue.Handlers.Durable;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue;

/// <summary>
/// A session: who receives. It outlives its connections and, with what it is owed, the process; there is one object for it in a process, as
/// long as the session is. Emitting to it reaches it when it returns; <see cref="Emitter.To"/> and <see cref="Emitter.Except"/> reach the
/// others of its namespace, without it. All members are thread-safe.
/// </summary>
public sealed class Session : Emitter
{
    private readonly SerialQueue _work;
    private ConcurrentDictionary<string, object?>? _items;
    private RecentCalls? _recent;
    private volatile ClaimsPrincipal? _user;
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

    /// <summary>Where it is.</summary>
    public Namespace Namespace { get; }

    /// <summary>
    /// The name that resumes it. One that the server made, beginning with <c>~</c>, is a secret: show others <see cref="Address"/>.
    /// </summary>
    public string Name { get; }

    /// <summary>What others know it by (<c>from</c>), and reach it by as <c>@ADDRESS</c>.</summary>
    public string Address { get; }

    /// <summary>
    /// In a handler of one of its events: who sent that event, as <c>HttpContext.User</c> was of that connection. For a durable handler
    /// this is kept with the event: name, roles and the claims of <see cref="MessageQueueOptions.DurableClaims"/>. Elsewhere: who connected
    /// it last; nobody (not authenticated) after a restart, until it connects.
    /// </summary>
    /// <exception cref="InvalidOperationException"> In a durable handler: who sent the event was not kept, because the claims were too
    /// large (<see cref="MessageQueueOptions.MaxDurableUserBytes"/>) or an earlier version stored it.
    /// </exception>
    public ClaimsPrincipal User => HandlerRun.Current is { } run && run.Session == this ? run.User : _user ?? UserCodec.Nobody;

    /// <summary>Whether it has a connection at this moment.</summary>
    public bool IsConnected => _connections > 0;

    /// <summary>
    /// The app's own notes on it, kept in memory until the session ends or the process does. Thread-safe; empty at first.
    /// </summary>
    public IDictionary<string, object?> Items => LazyInitializer.EnsureInitialized(ref _items);

    internal long StateId { get; }

    /// <summary>What its events may take while they wait for handlers and run, over all its connections.</summary>
    internal Throttle Share { get; }

    internal override HandlerHost HandlerHost => Namespace.HandlerHost;

    internal override Broadcast Target => Namespace.Target.ToSession(this);

    /// <summary>
    /// Enters a room, durably, without asking <see cref="MessageQueueOptions.AuthorizeJoin"/>. Completes when that is stored; nothing
    /// happens where it is in it.
    /// </summary>
    /// <exception cref="ArgumentException">It is no room's name: 1 to 128 characters, not <c>*</c>, not beginning with
    /// <c>@</c>.</exception>
    /// <exception cref="MessageQueueException">It would be in more rooms than
    /// <see cref="MessageQueueOptions.MaxRoomsPerSession"/>.</exception>
    /// <exception cref="UnknownSessionException">The session has ended.</exception>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was or will be stored.</exception>
    public async Task JoinAsync(string room, CancellationToken cancellationToken = default)
    {
        Outcome outcome = await HandlerHost.Commands.SendAsync(CommandKind.Join, RoomPayload(room, HandlerHost.Options.MaxRoomsPerSession), null, cancellationToken).ConfigureAwait(false);
        if (outcome.Kind == OutcomeKind.TooManyRooms)
        {
            throw new MessageQueueException($"The session is in {HandlerHost.Options.MaxRoomsPerSession} rooms already; MaxRoomsPerSession allows no more.");
        }

        ThrowIfUnknown(outcome);
    }

    /// <summary>
    /// Leaves a room, durably; what it is owed from it stays owed. Completes when that is stored; nothing happens where it is not in it.
    /// </summary>
    /// <exception cref="ArgumentException">It is no room's name.</exception>
    /// <exception cref="MessageQueueException">It would have left more rooms that owe it events than
    /// <see cref="MessageQueueOptions.MaxLeftRoomsPerSession"/>.</exception>
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
                $"The session has left {HandlerHost.Options.MaxLeftRoomsPerSession} rooms whose events it has not acknowledged; MaxLeftRoomsPerSession allows no more until it acknowledges some.");
        }

        ThrowIfUnknown(outcome);
    }

    /// <summary>
    /// Closes its connection with 1008, after which a client does not return by itself. The session stays. Nothing happens where it has
    /// none.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task DisconnectAsync(CancellationToken cancellationToken = default) => HandlerHost.Commands.AskAsync(
        state =>
        {
            FanOut delivery = HandlerHost.Commands.Broker.FanOut;
            foreach (ConnectionWindow consumer in state.Sessions.TryGetValue(StateId, out SessionState? session) ? delivery.ConnectionsOf(session) : [])
            {
                consumer.Connection.Close(CloseReason.DisconnectedByServer);
            }

            return true;
        },
        cancellationToken);

    /// <summary>
    /// Ends the session: its rooms and what it is owed are gone, and its connection is closed with 4002. Nothing happens where it has
    /// ended.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is not running, or stopped meanwhile.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was or will be stored.</exception>
    public Task EndAsync(CancellationToken cancellationToken = default) =>
        HandlerHost.Commands.SendAsync(CommandKind.End, new EndRecord(StateId, IfDetachedSince: 0).Encode(), null, cancellationToken);

    /// <summary>The rooms that it is in, in no order.</summary>
    /// <exception cref="UnknownSessionException">The session has ended.</exception>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public async Task<IReadOnlyList<string>> RoomsAsync(CancellationToken cancellationToken = default) =>
        await HandlerHost.Commands.AskAsync(FindRooms, cancellationToken).ConfigureAwait(false) ?? throw new UnknownSessionException();

    /// <summary>
    /// Emits an event that asks for an answer, and waits for it: the <c>data</c> of the client's acknowledgement. The event is stored;
    /// after the timeout it is no longer delivered, unless <see cref="Emitter.Ttl"/> says otherwise.
    /// </summary>
    /// <param name="eventName">1 to 128 characters.</param>
    /// <param name="data">What to send, by its own type; null for no data.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Gives up waiting; what was stored stays so.</param>
    /// <typeparam name="TAnswer">What the answer is read as.</typeparam>
    /// <exception cref="TimeoutException">No answer came in time.</exception>
    /// <exception cref="JsonException">The answer cannot be read as that.</exception>
    /// <inheritdoc cref="Emitter.EmitJsonAsync" path="/exception" />
    public async Task<TAnswer?> EmitWithAckAsync<TAnswer>(string eventName, object? data, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        HandlerHost.Json.Read<TAnswer>(await AskAsync(eventName, HandlerHost.Json.WriteObject(data), timeout, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="EmitWithAckAsync{TAnswer}(string, object?, TimeSpan, CancellationToken)" />
    public async Task<TAnswer?> EmitWithAckAsync<TData, TAnswer>(
        string eventName, TData data, JsonTypeInfo<TData> dataInfo, JsonTypeInfo<TAnswer> answerInfo, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        Json.Read(await AskAsync(eventName, Json.Write(data, dataInfo), timeout, cancellationToken).ConfigureAwait(false), answerInfo);

    internal void OnConnected(ClaimsPrincipal user)
    {
        Interlocked.Increment(ref _connections);
        _user = user.Identity is { IsAuthenticated: true } ? user : null;
        if (Namespace.Handlers.Connect is { IsEmpty: false } handlers)
        {
            _work.Enqueue(() => HandlerHost.Runner.NotifyAsync("connect", this, handlers.Select(handler => (Func<Task>)(() => handler(this)))));
        }
    }

    internal void OnDisconnected(DisconnectReason reason)
    {
        Interlocked.Decrement(ref _connections);
        if (Namespace.Handlers.Disconnect is { IsEmpty: false } handlers)
        {
            _work.Enqueue(() => HandlerHost.Runner.NotifyAsync("disconnect", this, handlers.Select(handler => (Func<Task>)(() => handler(this, reason)))));
        }
    }

    /// <summary>Runs a handler after those before it, unless the call is a repetition.</summary>
    internal void Call(HandlerCall call, string eventName, Handler handler)
    {
        string? reference = call.ReferenceText;
        RecentCalls? recent = reference is null ? null : LazyInitializer.EnsureInitialized(ref _recent, () => new RecentCalls(HandlerHost.Answers));
        if (recent is not null && !recent.TryBegin(call, reference!))
        {
            return;
        }

        ReceivedEvent received = new(HandlerHost.Json, eventName, call.Data, reference) { From = Address, Time = HandlerHost.Options.TimeProvider.GetUtcNow() };
        HandlerRun run = new(this, reference is null ? default : new EmitCause(StateId, 0), reference, () => call.User);
        _work.Enqueue(async () =>
        {
            HandlerResult outcome = await HandlerHost.Runner.RunAsync(handler, received, run).ConfigureAwait(false);
            outcome.AnswerTo(call, null, duplicate: false);
            recent?.Complete(reference!, outcome);
        });
    }

    /// <summary>Runs something after the handlers before it.</summary>
    internal void Enqueue(Func<Task> work) => _work.Enqueue(work);

    private protected override Broadcast Broadcasts() => Namespace.Target.AddExceptions([this]);

    private async Task<ReadOnlyMemory<byte>> AskAsync(string eventName, byte[] data, TimeSpan timeout, CancellationToken cancellationToken)
    {
        (_, PendingReply reply) = await Target.AskAsync(eventName, data, timeout, cancellationToken).ConfigureAwait(false);
        return reply.Take().Received is [var answer, ..] ? answer.Data : throw new TimeoutException($"The session did not answer '{eventName}' within {timeout}.");
    }

    private byte[] RoomPayload(string room, int limit)
    {
        ArgumentNullException.ThrowIfNull(room);
        return Names.IsValidRoom(room)
            ? new RoomRecord(StateId, limit, room).Encode()
            : throw new ArgumentException($"'{room}' is no room: 1 to 128 characters, not *, not beginning with @.", nameof(room));
    }

    private IReadOnlyList<string>? FindRooms(ServerState state) => state.Sessions.TryGetValue(StateId, out SessionState? session)
        ? [.. session.Memberships.Where(membership => Names.IsValidRoom(membership.Room.Name)).Select(membership => membership.Room.Name)]
        : null;

    private static void ThrowIfUnknown(in Outcome outcome)
    {
        if (outcome.Kind == OutcomeKind.UnknownSession)
        {
            throw new UnknownSessionException();
        }
    }
}
