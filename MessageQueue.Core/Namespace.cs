using MessageQueue.Handlers;
using MessageQueue.Protocol;
using MessageQueue.Sessions;

namespace MessageQueue;

/// <summary>
/// A namespace: sessions, rooms, events and handlers that share nothing with those of another. From <see cref="MessageQueueServer.Of"/>. Handlers may be added and
/// taken off at any time, and should be there before the server starts. Emitting to it reaches all its sessions. All members are thread-safe.
/// </summary>
/// <remarks>
/// Handlers run on the thread pool: those of one session one at a time and in order, connects and disconnects included, those of different sessions side by side.
/// A client that sends faster than its handlers run is made to wait.
/// </remarks>
public sealed class Namespace : Emitter
{
    internal Namespace(Hub hub, string name)
    {
        Hub = hub;
        Name = name;
        Target = new Broadcast(this);
        Work = new DurableWork(this);
    }

    /// <summary><c>/</c>, or as <c>/chat</c>.</summary>
    public string Name { get; }

    internal override Hub Hub { get; }

    internal override Broadcast Target { get; }

    internal NamespaceHandlers Handlers { get; } = new();

    internal DurableWork Work { get; }

    /// <summary>
    /// Adds a handler that runs whenever a connection has its session, before any event of that connection is handled. Several run in the order in which they were
    /// added. One that throws is logged.
    /// </summary>
    public void OnConnect(Func<Session, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.AddConnect(handler);
    }

    /// <summary>Adds a handler that runs when a connection is over, after all of its events were handled. Several run in the order in which they were added. One that throws is logged.</summary>
    public void OnDisconnect(Func<Session, DisconnectReason, Task> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handlers.AddDisconnect(handler);
    }

    /// <summary>Adds the handler of all events that have none of their own. What it returns is the client's answer; null for none.</summary>
    /// <exception cref="InvalidOperationException">There is one already.</exception>
    public void OnAny(Func<Session, ReceivedEvent, Task<object?>> handler, HandlerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Handler any = new(async (session, received) => Hub.Json.WriteObject(await handler(session, received).ConfigureAwait(false)), options ?? HandlerOptions.Default)
        {
            Share = Hub.NewShare(),
        };
        Handlers.AddAny(any);
        Work.HandlersChanged();
    }

    /// <summary>Takes the handler of an event off. What it is doing goes on; what was stored for a durable one waits for the next.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Off(string eventName) => Handlers.Remove(eventName);

    /// <summary>Takes the catch-all handler off.</summary>
    /// <returns>Whether there was one.</returns>
    public bool OffAny() => Handlers.RemoveAny();

    /// <summary>
    /// Puts an event of a durable handler aside, whether that runs, waits for its turn or its next attempt, or is not registered: it goes to the dead letters, and the client is told
    /// <c>failed</c>. The events behind it go on. A handler that is running is not stopped, but nobody waits for it any more. Of one namespace the oldest 8,192 can be skipped.
    /// </summary>
    /// <param name="number">The event's number, as in <see cref="ReceivedEvent.Number"/>, the log and the client's acknowledgement.</param>
    /// <param name="cancellationToken">Heeded until it has begun.</param>
    /// <returns>False where no unfinished event has that number.</returns>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<bool> SkipAsync(long number, CancellationToken cancellationToken = default) => Work.SkipAsync(number, cancellationToken);

    /// <summary>All sessions of the namespace, connected or not, in no order.</summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<IReadOnlyList<Session>> SessionsAsync(CancellationToken cancellationToken = default) => Hub.Commands.AskAsync<IReadOnlyList<Session>>(
        state => [.. All(state).Select(Hub.SessionOf)], cancellationToken);

    /// <summary>The sessions that are in a room, connected or not, in no order. All sessions of the namespace are looked through.</summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<IReadOnlyList<Session>> SessionsAsync(string room, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(room);
        return Hub.Commands.AskAsync<IReadOnlyList<Session>>(
            state => state.Namespaces.GetValueOrDefault(Name)?.Rooms.GetValueOrDefault(room) is { } found
                ? [.. All(state).Where(session => session.FindOpen(found) is not null).Select(Hub.SessionOf)]
                : [],
            cancellationToken);
    }

    /// <summary>The session of this name or address; null where there is none.</summary>
    /// <exception cref="ServerStoppedException">The server is not running.</exception>
    public Task<Session?> FindSessionAsync(string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        byte[] address = System.Text.Encoding.UTF8.GetBytes(name);
        return Hub.Commands.AskAsync(
            state => Names.IsValidSession(name) && state.Namespaces.GetValueOrDefault(Name)?.FindAddress(address) is { } found ? Hub.SessionOf(found) : null,
            cancellationToken);
    }

    internal void Add(string eventName, Handler handler)
    {
        ArgumentNullException.ThrowIfNull(eventName);
        if (!Names.IsValidEvent(eventName))
        {
            throw new ArgumentException($"'{eventName}' is no event's name: 1 to 128 characters.", nameof(eventName));
        }

        handler.Share = Hub.NewShare();
        Handlers.Add(eventName, handler);
        Work.HandlersChanged();
    }

    private IEnumerable<SessionState> All(ServerState state) =>
        (state.Namespaces.GetValueOrDefault(Name)?.Sessions.Values ?? []).Where(session => session.Name != DurableWork.SessionName);
}
