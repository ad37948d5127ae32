using System.Collections.Concurrent;
using MessageQueue.Connections;
using MessageQueue.Protocol;

namespace MessageQueue.Hosting;

/// <summary>Keeps the open connections, so that their number is limited and all of them can be closed.</summary>
internal sealed class OpenConnections(int maxConnections)
{
    private readonly ConcurrentDictionary<IOpenConnection, bool> _connections = [];
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private CloseReason? _closing;

    /// <summary>The number of open connections.</summary>
    public int Count => _connections.Count;

    /// <summary>Adds a connection. Returns null, or the reason for which it is refused.</summary>
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

    /// <summary>Removes a connection that has ended.</summary>
    public void Remove(IOpenConnection connection)
    {
        lock (_lock)
        {
            _connections.TryRemove(connection, out _);
            CompleteIfEmpty();
        }
    }

    /// <summary>Closes all connections, and refuses every later one. Completes when all have ended.</summary>
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
