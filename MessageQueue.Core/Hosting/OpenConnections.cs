using System.Collections.Concurrent;
using MessageQueue.Connections;
using MessageQueue.Transport;

namespace MessageQueue.Hosting;

/// <summary>The connections that are open, counted against their limit, so that all of them can be closed.</summary>
internal sealed class OpenConnections(int maxConnections)
{
    private readonly ConcurrentDictionary<WebSocketConnection, JsonConnection?> _connections = [];
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private (int Code, string Reason)? _closing;

    /// <summary>How many there are.</summary>
    public int Count => _connections.Count;

    /// <summary>Adds a connection, or says with which code to refuse it.</summary>
    public (int Code, string Reason)? Add(WebSocketConnection connection, JsonConnection client)
    {
        lock (_lock)
        {
            if (_closing is { } closing)
            {
                return closing;
            }

            if (_connections.Count >= maxConnections)
            {
                return (Protocol.CloseCode.Overloaded, "too many connections; try again later");
            }

            _connections[connection] = client;
            return null;
        }
    }

    /// <summary>Removes a connection that is over.</summary>
    public void Remove(WebSocketConnection connection)
    {
        lock (_lock)
        {
            _connections.TryRemove(connection, out _);
            CompleteIfEmpty();
        }
    }

    /// <summary>Closes all, and every later one. Completes when all are over.</summary>
    public Task CloseAllAsync(int code, string reason)
    {
        lock (_lock)
        {
            _closing ??= (code, reason);
            CompleteIfEmpty();
        }

        foreach ((WebSocketConnection connection, JsonConnection? client) in _connections)
        {
            connection.Close(code, reason);
            client?.Abandon();
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
