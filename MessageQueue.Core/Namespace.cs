using System.Text;
using MessageQueue.Delivery;
using MessageQueue.Handlers;
using MessageQueue.Handlers.Durable;
using MessageQueue.Protocol;

namespace MessageQueue;

/// <summary>
/// A namespace: sessions, rooms, events and handlers that share nothing with those of another namespace. Get one from
/// <see cref="MessageQueueServer.Of(string)"/>. Handlers may be added and removed at any time, but should be added before the server
/// starts. Emitting to a namespace reaches all its sessions. All members are thread-safe.
/// </summary>
/// <remarks>
/// Handlers run on the thread pool. Those of one session run one at a time and in order, connects and disconnects included; those of
/// different sessions run at the same time. A client that sends faster than its handlers run has to wait.
/// </remarks>
public sealed class Namespace : Emitter
{
    internal Namespace(HandlerHost handlerHost, string name)
    {
        HandlerHost = handlerHost;
        Name = name;
        Target = new Broadcast(this);
        Work = new DurableHandlers(this);
        Observers = new Observers(this);
    }

    /// <summary>The name: <c>/</c>, or a path such as <c>/chat</c>.</summary>
    public string Name { get; }

    internal override HandlerHost HandlerHost { get; }

    internal override Broadcast Target { get; }

    internal NamespaceHandlers Handlers { get; } = new();

    internal DurableHandlers Work { get; }

    internal Observers Observers { get; }

    /// <summary>
    /// Adds a middleware for clients that connect. It runs before the client gets its session. It may refuse the client
    /// (<see cref="ConnectContext.Refuse"/>), or look at it, set its user, and call <c>next</c>. Several run in the order in which they
    /// were added, the first one outermost. A middleware that throws refuses the client, and the exception is logged; so does one that
    /// neither calls <c>next</c> nor refuses.
    /// </summary>
    /// <remarks>
    /// It runs after <see cref="MessageQueueOptions.AuthorizeConnect"/>, and before <see cref="MessageQueueOptions.AuthorizeJoin"/> is
    /// asked for the rooms of the connection. A slow middleware delays only its own client.
    /// </remarks>
    public void UseConnect(Func<ConnectContext, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Handlers.AddConnectMiddleware(middleware);
    }

    /// <summary>
    /// Adds a middleware for events that clients emit without <c>to</c>. It runs around the handler of each, in its place among the events
    /// of the session. It may refuse the event (<see cref="EventContext.Refuse"/>), or call <c>next</c> and look at the event before and
    /// after. Several run in the order in which they were added, the first one outermost. An exception from a middleware has the same
    /// effect as one from the handler. One that neither calls <c>next</c> nor refuses refuses too. For a durable handler, the middlewares
    /// run again in each of its attempts.
    /// </summary>
    public void UseEvent(Func<EventContext, Func<Task>, Task> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        Handlers.AddEventMiddleware(middleware);
    }

    /// <summary>
    /// Adds a handler that runs for each new connection of a session, before any event of that connection is handled. Several handlers run
    /// in the order in which they were added. An exception from a handler is logged.
    /// </summary>
    public void OnConnect(Func<Session, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.AddConnect(handler);
    }

    /// <summary>
    /// Adds a handler that runs when a connection has ended, after all events of that connection were handled. Several handlers run in the
    /// order in which they were added. An exception from a handler is logged.
    /// </summary>
    public void OnDisconnect(Func<Session, DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.AddDisconnect(handler);
    }

    /// <summary>
    /// Adds the catch-all handler, which gets all events that have no handler of their own. Its result is the client's answer; null for
    /// none.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void OnAny(Func<Session, ReceivedEvent, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handler any = new(
            async (session, received) => HandlerHost.Json.WriteObject(await handler(session, received).ConfigureAwait(false)),
            options ?? HandlerOptions.Default)
        {
            Share = HandlerHost.NewShare(),
        };
        Handlers.AddAny(any);
        Work.HandlersChanged();
    }

    /// <summary>
    /// Adds a listener of all events that clients emit without <c>to</c>, whether they have a handler or not. It runs before the
    /// middlewares and the handler of the event, in the event's place among those of its session, once per event; for a durable handler,
    /// also again after a restart. Several listeners run one after another. What a listener throws is logged, and the event goes on.
    /// </summary>
    /// <param name="listener">Gets the event.</param>
    /// <param name="first">Whether it runs before the listeners that were added earlier.</param>
    /// <returns>Removes the listener when it is disposed of.</returns>
    /// <remarks>For what is emitted to rooms and sessions, by anyone, there is <see cref="OnEmitted"/>.</remarks>
    public IDisposable OnIncoming(Func<Session, ReceivedEvent, Task> listener, bool first = false)
    {
        ArgumentNullException.ThrowIfNull(listener);
        // A delegate of its own, so that a listener that was added twice is removed once each.
        Func<Session, ReceivedEvent, Task> added = (session, received) => listener(session, received);
        Handlers.AddListener(added, first);
        return new Registration(() => Handlers.RemoveListener(added));
    }

    /// <summary>
    /// Adds an observer. It sees all stored events that clients or the server emit to rooms, to everyone or to sessions of this namespace:
    /// one at a time, in the order of their numbers, at least once, also after a restart. Events that are emitted while no observer is
    /// registered are not observed, so add it before the server starts. Several observers run one after another. Emitters and receivers do
    /// not wait for an observer: events that it has not seen yet stay in the log, as for a session that falls behind.
    /// </summary>
    /// <param name="observer">Gets the event. If it throws, it gets the event again, as often as the options say; after that, the event
    /// counts as observed, and an error is logged.</param>
    /// <param name="options">Only <see cref="HandlerOptions.MaxAttempts"/> and <see cref="HandlerOptions.RetryDelay"/> are used; an
    /// observer is always durable.</param>
    public void OnEmitted(Func<ReceivedEvent, Task> observer, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        Observers.Add(observer, options ?? HandlerOptions.Default);
    }

    /// <summary>
    /// Removes the handler of an event. A run that has begun goes on. Events that were stored for a durable handler wait until the next
    /// handler is added.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool Off(string eventName) => Handlers.Remove(eventName);

    /// <summary>Removes the catch-all handler.</summary>
    /// <returns>Whether there was one.</returns>
    public bool OffAny() => Handlers.RemoveAny();

    /// <summary>
    /// Skips an unfinished event of a durable handler: the event goes to the dead letters, the client gets the error <c>failed</c>, and the
    /// events behind it go on. The handler may be running, waiting for its turn or its next attempt, or not registered. A running handler
    /// is not stopped, but nothing waits for it any more. Only the oldest 8,192 unfinished events of a namespace can be skipped.
    /// </summary>
    /// <param name="number">The event's number, as in <see cref="ReceivedEvent.Number"/>, the log and the client's acknowledgement.</param>
    /// <param name="cancellationToken">Has an effect until the skip has begun.</param>
    /// <returns>False where no unfinished event has that number.</returns>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<bool> SkipAsync(long number, CancellationToken cancellationToken = default) => Work.SkipAsync(number, cancellationToken);

    /// <summary>Returns all sessions of the namespace, connected or not, in no particular order.</summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<IReadOnlyList<Session>> SessionsAsync(CancellationToken cancellationToken = default) =>
        Target.SessionsAsync(cancellationToken);

    /// <summary>
    /// Returns the sessions that are in a room, connected or not, in no particular order. The cost depends on the number of these sessions,
    /// not on the number of all sessions.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<IReadOnlyList<Session>> SessionsAsync(string room, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(room);
        return Names.IsValidRoom(room)
            ? To(room).SessionsAsync(cancellationToken)
            : Task.FromResult<IReadOnlyList<Session>>([]);
    }

    /// <summary>All sessions of the namespace join a room.</summary>
    /// <inheritdoc cref="Broadcast.JoinAsync" />
    public Task<int> JoinAsync(string room, CancellationToken cancellationToken = default) => Target.JoinAsync(room, cancellationToken);

    /// <summary>All sessions of the namespace leave a room.</summary>
    /// <inheritdoc cref="Broadcast.LeaveAsync" />
    public Task<int> LeaveAsync(string room, CancellationToken cancellationToken = default) => Target.LeaveAsync(room, cancellationToken);

    /// <summary>Closes all connections of the namespace with 1008.</summary>
    /// <inheritdoc cref="Broadcast.DisconnectAsync" />
    public Task<int> DisconnectAsync(CancellationToken cancellationToken = default) => Target.DisconnectAsync(cancellationToken);

    /// <summary>
    /// Returns how many sessions are in a room, connected or not; 0 where there is no such room. The cost does not depend on their number.
    /// </summary>
    /// <param name="room">The room; <c>*</c> for all sessions of the namespace.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<int> CountAsync(string room, CancellationToken cancellationToken = default)
    {
        byte[] target = TargetOf(room);
        return HandlerHost.Commands.AskAsync(
            state => state.Namespaces.GetValueOrDefault(Name)?.FindTarget(target)?.MemberCount ?? 0, cancellationToken);
    }

    /// <summary>
    /// Returns the last events that were emitted to a room and that the log still holds, oldest first: at most <paramref name="count"/>,
    /// and at most 16 MiB, except that the last event is always returned. To read older ones, pass the number of the first one as
    /// <paramref name="before"/>; an empty list means that there are no more. Events whose time to live is over are included; volatile
    /// events are not. Old events are read from the disk, for one caller at a time; deliveries do not wait for that.
    /// </summary>
    /// <param name="room">The room; <c>*</c> for events that were emitted to everyone, <c>@NAME</c> for events that were emitted to that
    /// session by name.</param>
    /// <param name="count">The largest number of events to return, 1 to 1,000.</param>
    /// <param name="before">Returns only events with smaller numbers; null for the last ones.</param>
    /// <param name="cancellationToken">Stops the waiting.</param>
    /// <exception cref="ArgumentException">The room's name is not valid.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is not 1 to 1,000.</exception>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    /// <exception cref="LogDamagedException">An event cannot be read back from the disk.</exception>
    public async Task<IReadOnlyList<ReceivedEvent>> HistoryAsync(
        string room, int count, long? before = null, CancellationToken cancellationToken = default)
    {
        byte[] target = TargetOf(room);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, EventHistory.MaxEvents);
        EventHistory history = HandlerHost.Commands.Broker.History;
        EventHistory.Entry[] entries = await HandlerHost.Commands.AskAsync(
            state => state.Namespaces.GetValueOrDefault(Name)?.FindTarget(target) is { } found
                ? history.Find(found, count, before ?? long.MaxValue)
                : [],
            cancellationToken).ConfigureAwait(false);
        return entries.Length == 0
            ? []
            :
            [
                .. (await history.ReadAsync(entries, cancellationToken).ConfigureAwait(false))
                    .Select(stored => ReceivedEvent.Of(HandlerHost.Json, stored, redelivered: false)),
            ];
    }

    /// <summary>Returns the session of this name or address; null where there is none.</summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<Session?> FindSessionAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] address = Encoding.UTF8.GetBytes(name);
        return HandlerHost.Commands.AskAsync(
            state => Names.IsValidSession(name) && state.Namespaces.GetValueOrDefault(Name)?.FindAddress(address) is { } found
                ? HandlerHost.SessionOf(found)
                : null,
            cancellationToken);
    }

    internal void Add(string eventName, Handler handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        if (!Names.IsValidEvent(eventName))
        {
            throw new ArgumentException($"'{eventName}' is no name of an event; use 1 to 128 characters.", nameof(eventName));
        }

        handler.Share = HandlerHost.NewShare();
        Handlers.Add(eventName, handler);
        Work.HandlersChanged();
    }

    private static byte[] TargetOf(string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        return Names.IsValidTarget(room)
            ? Encoding.UTF8.GetBytes(room)
            : throw new ArgumentException($"'{room}' is no room; use a name of 1 to 128 characters.", nameof(room));
    }
}
