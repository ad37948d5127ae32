using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>The handlers of one namespace. Thread-safe.</summary>
internal sealed class NamespaceHandlers
{
    private readonly ConcurrentDictionary<string, Handler> _events = new(StringComparer.Ordinal);
    private volatile Handler? _any;
    private ImmutableArray<Func<Session, Task>> _connect = [];
    private ImmutableArray<Func<Session, DisconnectReason, Task>> _disconnect = [];
    private ImmutableArray<Func<Session, ReceivedEvent, Task>> _listeners = [];
    private ImmutableArray<Func<ConnectContext, Func<Task>, Task>> _connectMiddlewares = [];
    private ImmutableArray<Func<EventContext, Func<Task>, Task>> _eventMiddlewares = [];

    /// <summary>The handlers of connects, in the order in which they were added.</summary>
    public ImmutableArray<Func<Session, Task>> Connect => _connect;

    /// <summary>The handlers of disconnects, in the order in which they were added.</summary>
    public ImmutableArray<Func<Session, DisconnectReason, Task>> Disconnect => _disconnect;

    /// <summary>The listeners of all events for handlers, in the order in which they run.</summary>
    public ImmutableArray<Func<Session, ReceivedEvent, Task>> Listeners => _listeners;

    /// <summary>The middlewares of connects, in the order in which they were added.</summary>
    public ImmutableArray<Func<ConnectContext, Func<Task>, Task>> ConnectMiddlewares => _connectMiddlewares;

    /// <summary>The middlewares of events, in the order in which they were added.</summary>
    public ImmutableArray<Func<EventContext, Func<Task>, Task>> EventMiddlewares => _eventMiddlewares;

    /// <summary>Whether at least one handler is durable.</summary>
    public bool HasDurable => _any is { Options.Durable: true } || _events.Values.Any(handler => handler.Options.Durable);

    /// <summary>Returns the handler of an event, or else the catch-all handler; null where there is neither.</summary>
    public Handler? Find(string eventName) => _events.GetValueOrDefault(eventName) ?? _any;

    /// <summary>Returns whether an event has a handler, or somebody listens to all events.</summary>
    public bool Handles(ReadOnlySpan<byte> eventName)
    {
        if (_any is not null || !_listeners.IsEmpty)
        {
            return true;
        }

        Span<char> buffer = stackalloc char[Utf8Name.MaxChars];
        ReadOnlySpan<char> name = Encoding.UTF8.TryGetChars(eventName, buffer, out int length)
            ? buffer[..length]
            : Encoding.UTF8.GetString(eventName);
        return _events.GetAlternateLookup<ReadOnlySpan<char>>().ContainsKey(name);
    }

    /// <summary>Adds the handler of an event.</summary>
    /// <exception cref="InvalidOperationException">The event has a handler already.</exception>
    public void Add(string eventName, Handler handler)
    {
        if (!_events.TryAdd(eventName, handler))
        {
            throw new InvalidOperationException(
                $"The event '{eventName}' has a handler already, whose return value is the client's answer; remove that one first.");
        }
    }

    /// <summary>Adds the catch-all handler, which gets all events that have no handler of their own.</summary>
    /// <exception cref="InvalidOperationException">There is a catch-all handler already.</exception>
    public void AddAny(Handler handler)
    {
        if (Interlocked.CompareExchange(ref _any, handler, null) is not null)
        {
            throw new InvalidOperationException("There is a catch-all handler already; remove that one first.");
        }
    }

    /// <summary>Accepts no more events for any handler.</summary>
    public void CloseShares()
    {
        foreach (Handler handler in _events.Values)
        {
            handler.Share!.Close();
        }

        _any?.Share!.Close();
    }

    /// <summary>Removes the handler of an event. Returns whether there was one.</summary>
    public bool Remove(string eventName) => _events.TryRemove(eventName, out _);

    /// <summary>Removes the catch-all handler. Returns whether there was one.</summary>
    public bool RemoveAny() => Interlocked.Exchange(ref _any, null) is not null;

    /// <summary>Adds a handler of connects.</summary>
    public void AddConnect(Func<Session, Task> handler) =>
        ImmutableInterlocked.Update(ref _connect, static (all, added) => all.Add(added), handler);

    /// <summary>Adds a handler of disconnects.</summary>
    public void AddDisconnect(Func<Session, DisconnectReason, Task> handler) =>
        ImmutableInterlocked.Update(ref _disconnect, static (all, added) => all.Add(added), handler);

    /// <summary>Adds a middleware of connects.</summary>
    public void AddConnectMiddleware(Func<ConnectContext, Func<Task>, Task> middleware) =>
        ImmutableInterlocked.Update(ref _connectMiddlewares, static (all, added) => all.Add(added), middleware);

    /// <summary>Adds a middleware of events.</summary>
    public void AddEventMiddleware(Func<EventContext, Func<Task>, Task> middleware) =>
        ImmutableInterlocked.Update(ref _eventMiddlewares, static (all, added) => all.Add(added), middleware);

    /// <summary>Adds a listener, as the first or the last.</summary>
    public void AddListener(Func<Session, ReceivedEvent, Task> listener, bool isFirst) => ImmutableInterlocked.Update(
        ref _listeners, static (all, added) => all.Insert(added.isFirst ? 0 : all.Length, added.listener), (listener, isFirst));

    /// <summary>Removes a listener.</summary>
    public void RemoveListener(Func<Session, ReceivedEvent, Task> listener) =>
        ImmutableInterlocked.Update(ref _listeners, static (all, removed) => all.Remove(removed), listener);
}
