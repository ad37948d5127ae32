using System.Collections.Concurrent;
using MessageQueue.Connections;
using MessageQueue.Protocol;

namespace MessageQueue.Hosting;

/// <summary>The connections that are open, counted against their limit, so that all of them can be closed.</summary>
internal sealed class OpenConnections(int maxConnections)
{
    private readonly ConcurrentDictionary<IOpenConnection, bool> _connections = [];
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private CloseReason? _closing;

    /// <summary>How many there are.</summary>
    public int Count => _connections.Count;

    /// <summary>Adds a connection, or says with which reason to refuse it.</summary>
    public CloseReason? Add(IOpenConnection connection)
    {
        lock (_lock)
        {
            if (_closing is { } closing)
            {
                return closing;
            }

            if (_connections.Count >= maxConnections)
            {
                return CloseReason.TooManyConnections;
            }

            _connections[connection] = true;
            return null;
        }
    }

    /// <summary>Removes a connection that is over.</summary>
    public void Remove(IOpenConnection connection)
    {
        lock (_lock)
        {
            _connections.TryRemove(connection, out _);
            CompleteIfEmpty();
        }
    }

    /// <summary>Closes all, and every later one. Completes when all are over.</summary>
    public Task CloseAllAsync(CloseReason reason)
    {
        lock (_lock)
        {
            _closing ??= reason;
            CompleteIfEmpty();
        }

        foreach ((IOpenConnection connection, _) in _connections)
        {
            connection.ShutDown(reason);
        }

        return _empty.Task;
    }

    private void CompleteIfEmpty()
    {
        if (_closing is not null && _connections.IsEmpty)
        {
            _empty.TrySetResult();
        }
    }
}
