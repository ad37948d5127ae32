using System.Text;
using MessageQueue.Delivery;
using MessageQueue.Handlers;
using MessageQueue.Handlers.Durable;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue;

/// <summary>
/// A namespace: sessions, rooms, events and handlers that share nothing with those of another. From <see cref="MessageQueueServer.Of"/>.
/// Handlers may be added and taken off at any time, and should be there before the server starts. Emitting to it reaches all its sessions.
/// All members are thread-safe.
/// </summary>
/// <remarks>
/// Handlers run on the thread pool: those of one session one at a time and in order, connects and disconnects included, those of different
/// sessions side by side. A client that sends faster than its handlers run is made to wait.
/// </remarks>
public sealed class Namespace : Emitter
{
    internal Namespace(HandlerHost hub, string name)
    {
        HandlerHost = hub;
        Name = name;
        Target = new Broadcast(this);
        Work = new DurableHandlers(this);
        Observers = new Observers(this);
    }

    /// <summary><c>/</c>, or as <c>/chat</c>.</summary>
    public string Name { get; }

    internal override HandlerHost HandlerHost { get; }

    internal override Broadcast Target { get; }

    internal NamespaceHandlers Handlers { get; } = new();

    internal DurableHandlers Work { get; }

    internal Observers Observers { get; }

    /// <summary>
    /// Adds a handler that runs whenever a connection has its session, before any event of that connection is handled. Several run in the
    /// order in which they were added. One that throws is logged.
    /// </summary>
    public void OnConnect(Func<Session, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.AddConnect(handler);
    }

    /// <summary>
    /// Adds a handler that runs when a connection is over, after all of its events were handled. Several run in the order in which they
    /// were added. One that throws is logged.
    /// </summary>
    public void OnDisconnect(Func<Session, DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.AddDisconnect(handler);
    }

    /// <summary>
    /// Adds the handler of all events that have none of their own. What it returns is the client's answer; null for none.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void OnAny(Func<Session, ReceivedEvent, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handler any = new(async (session, received) => HandlerHost.Json.WriteObject(await handler(session, received).ConfigureAwait(false)), options ?? HandlerOptions.Default)
        {
            Share = HandlerHost.NewShare(),
        };
        Handlers.AddAny(any);
        Work.HandlersChanged();
    }

    /// <summary>
    /// Adds an observer of all stored events that are emitted to rooms, to everyone or to sessions of this namespace, by clients and by the
    /// server: one at a time, in the order of their numbers, at least once, after a restart too. What is emitted while no observer is
    /// registered is not observed, so add it before the server starts. Several run one after another. Emitters and receivers do not wait
    /// for it; what it has not seen waits in the log, as for a session that lags.
    /// </summary>
    /// <param name="observer">Gets the event. Throws to have it again, as often as the options say; after that, the event counts as
    /// observed, and an error is logged.</param>
    /// <param name="options"><see cref="HandlerOptions.MaxAttempts"/> and <see cref="HandlerOptions.RetryDelay"/>; an observer is durable
    /// in any case.</param>
    public void OnEmitted(Func<ReceivedEvent, Task> observer, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(observer);
        Observers.Add(observer, options ?? HandlerOptions.Default);
    }

    /// <summary>
    /// Takes the handler of an event off. What it is doing goes on; what was stored for a durable one waits for the next.
    /// </summary>
    /// <returns>Whether there was one.</returns>
    public bool Off(string eventName) => Handlers.Remove(eventName);

    /// <summary>Takes the catch-all handler off.</summary>
    /// <returns>Whether there was one.</returns>
    public bool OffAny() => Handlers.RemoveAny();

    /// <summary>
    /// Puts an event of a durable handler aside, whether that runs, waits for its turn or its next attempt, or is not registered: it goes
    /// to the dead letters, and the client is told <c>failed</c>. The events behind it go on. A handler that is running is not stopped, but
    /// nobody waits for it any more. Of one namespace the oldest 8,192 can be skipped.
    /// </summary>
    /// <param name="number">The event's number, as in <see cref="ReceivedEvent.Number"/>, the log and the client's acknowledgement.</param>
    /// <param name="cancellationToken">Heeded until it has begun.</param>
    /// <returns>False where no unfinished event has that number.</returns>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<bool> SkipAsync(long number, CancellationToken cancellationToken = default) => Work.SkipAsync(number, cancellationToken);

    /// <summary>All sessions of the namespace, connected or not, in no order.</summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<IReadOnlyList<Session>> SessionsAsync(CancellationToken cancellationToken = default) => HandlerHost.Commands.AskAsync<IReadOnlyList<Session>>(
        state => [.. All(state).Select(HandlerHost.SessionOf)], cancellationToken);

    /// <summary>
    /// The sessions that are in a room, connected or not, in no order. Costs as much as there are of them, however many sessions there are.
    /// </summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<IReadOnlyList<Session>> SessionsAsync(string room, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(room);
        return HandlerHost.Commands.AskAsync<IReadOnlyList<Session>>(
            state => Members(state.Namespaces.GetValueOrDefault(Name)?.Rooms.GetValueOrDefault(room)), cancellationToken);
    }

    /// <summary>
    /// How many sessions are in a room, connected or not; 0 where there is no such room. Costs the same however many they are.
    /// </summary>
    /// <param name="room">The room; <c>*</c> for all sessions of the namespace.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<int> CountAsync(string room, CancellationToken cancellationToken = default)
    {
        byte[] target = TargetOf(room);
        return HandlerHost.Commands.AskAsync(state => state.Namespaces.GetValueOrDefault(Name)?.FindTarget(target)?.MemberCount ?? 0, cancellationToken);
    }

    /// <summary>
    /// The last events that were emitted to a room, oldest first, as far as the log still holds them: at most <paramref name="count"/>, and
    /// at most 16 MiB of them but for the last. To read on, give the number of the first one as <paramref name="before"/>; an empty list
    /// says that there are no more. Events of which the time to live is over are among them; volatile ones are not. Old ones are read from
    /// the disk, for one caller at a time, and nobody's deliveries wait for that.
    /// </summary>
    /// <param name="room">The room; <c>*</c> for what was emitted to everyone, <c>@NAME</c> for what was emitted to that session by
    /// name.</param>
    /// <param name="count">How many, 1 to 1,000.</param>
    /// <param name="before">Only events with smaller numbers; null for the last ones.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ArgumentException">It is no room.</exception>
    /// <exception cref="ArgumentOutOfRangeException">So many are not read at a time.</exception>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    /// <exception cref="LogDamagedException">An event cannot be read back from the disk.</exception>
    public async Task<IReadOnlyList<ReceivedEvent>> HistoryAsync(string room, int count, long? before = null, CancellationToken cancellationToken = default)
    {
        byte[] target = TargetOf(room);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, EventHistory.MaxEvents);
        EventHistory history = HandlerHost.Commands.Broker.History;
        EventHistory.Entry[] entries = await HandlerHost.Commands.AskAsync(
            state => state.Namespaces.GetValueOrDefault(Name)?.FindTarget(target) is { } found ? history.Find(found, count, before ?? long.MaxValue) : [],
            cancellationToken).ConfigureAwait(false);
        return entries.Length == 0
            ? []
            : [.. (await history.ReadAsync(entries, cancellationToken).ConfigureAwait(false)).Select(stored => ReceivedEvent.Of(HandlerHost.Json, stored, redelivered: false))];
    }

    /// <summary>The session of this name or address; null where there is none.</summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<Session?> FindSessionAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] address = Encoding.UTF8.GetBytes(name);
        return HandlerHost.Commands.AskAsync(
            state => Names.IsValidSession(name) && state.Namespaces.GetValueOrDefault(Name)?.FindAddress(address) is { } found ? HandlerHost.SessionOf(found) : null,
            cancellationToken);
    }

    internal void Add(string eventName, Handler handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        if (!Names.IsValidEvent(eventName))
        {
            throw new ArgumentException($"'{eventName}' is no event's name: 1 to 128 characters.", nameof(eventName));
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
            : throw new ArgumentException($"'{room}' is no room: 1 to 128 characters.", nameof(room));
    }

    private List<Session> Members(Room? room)
    {
        List<Session> sessions = new(room?.MemberCount ?? 0);
        foreach (Membership member in room is null ? [] : room.Members)
        {
            // The server's own is nobody.
            if (!member.Session.IsServersOwn)
            {
                sessions.Add(HandlerHost.SessionOf(member.Session));
            }
        }

        return sessions;
    }

    private IEnumerable<SessionState> All(ServerState state) =>
        (state.Namespaces.GetValueOrDefault(Name)?.Sessions.Values ?? []).Where(session => !session.IsServersOwn);
}
