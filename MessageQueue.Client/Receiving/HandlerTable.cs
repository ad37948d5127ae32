namespace MessageQueue.Client.Receiving;

/// <summary>The handlers and the queues for readers, by the names of their events.</summary>
internal sealed class HandlerTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Func<Delivery, Task>>> _handlers = [];
    private readonly Dictionary<string, EventQueue> _queues = [];
    private readonly List<Func<Delivery, Task>> _others = [];
    private EventQueue? _otherQueue;

    /// <summary>Adds a handler.</summary>
    /// <param name="name">The event's name; null for all events that have neither a handler nor a reader of their own.</param>
    /// <param name="handler">What to run.</param>
    /// <exception cref="InvalidOperationException">There is a reader for these events.</exception>
    public IDisposable Add(string? name, Func<Delivery, Task> handler)
    {
        lock (_lock)
        {
            if (name is null ? _otherQueue is not null : _queues.ContainsKey(name))
            {
                throw new InvalidOperationException($"{Describe(name)} are read with EventsAsync; they cannot have a handler too");
            }

            List<Func<Delivery, Task>> handlers = name is null ? _others : Of(name);
            handlers.Add(handler);
            return new Registration(() => Remove(name, handlers, handler));
        }
    }

    /// <summary>Returns the queue of the readers of an event.</summary>
    /// <param name="name">The event's name; null for all events that have neither a handler nor a reader of their own.</param>
    /// <exception cref="InvalidOperationException">There is a handler for these events.</exception>
    public EventQueue Queue(string? name)
    {
        lock (_lock)
        {
            if (name is null ? _others.Count > 0 : _handlers.ContainsKey(name))
            {
                throw new InvalidOperationException($"{Describe(name)} have a handler; they cannot be read with EventsAsync too");
            }

            if (name is null)
            {
                return _otherQueue ??= new EventQueue();
            }

            if (!_queues.TryGetValue(name, out EventQueue? queue))
            {
                _queues[name] = queue = new EventQueue();
            }

            return queue;
        }
    }

    /// <summary>Returns what is to be done with an event: its handlers, or its queue, or neither.</summary>
    public (IReadOnlyList<Func<Delivery, Task>> Handlers, EventQueue? Queue) Find(string name)
    {
        lock (_lock)
        {
            if (_handlers.TryGetValue(name, out List<Func<Delivery, Task>>? handlers))
            {
                return ([.. handlers], null);
            }

            return _queues.TryGetValue(name, out EventQueue? queue) ? ([], queue) : ([.. _others], _otherQueue);
        }
    }

    /// <summary>Ends all readers.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            foreach (EventQueue queue in _queues.Values)
            {
                queue.Complete();
            }

            _otherQueue?.Complete();
        }
    }

    private static string Describe(string? name) => name is null ? "all other events" : $"events named '{name}'";

    private List<Func<Delivery, Task>> Of(string name)
    {
        if (!_handlers.TryGetValue(name, out List<Func<Delivery, Task>>? handlers))
        {
            _handlers[name] = handlers = [];
        }

        return handlers;
    }

    private void Remove(string? name, List<Func<Delivery, Task>> handlers, Func<Delivery, Task> handler)
    {
        lock (_lock)
        {
            handlers.Remove(handler);
            if (name is not null && handlers.Count == 0)
            {
                _handlers.Remove(name);
            }
        }
    }

    private sealed class Registration(Action undo) : IDisposable
    {
        private Action? _undo = undo;

        public void Dispose() => Interlocked.Exchange(ref _undo, null)?.Invoke();
    }
}
