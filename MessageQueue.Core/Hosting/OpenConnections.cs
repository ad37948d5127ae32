using System.Collections.Concurrent;
using System.Net;
using System.Threading.RateLimiting;
using MessageQueue.Connections;
using MessageQueue.Http;
using MessageQueue.Protocol;

namespace MessageQueue.Hosting;

/// <summary>
/// Keeps the open connections of every dialect, so that their number is limited, also per address, and all of them can be closed.
/// </summary>
internal sealed class OpenConnections(int maxConnections, AddressLimits addresses)
{
    private readonly ConcurrentDictionary<IOpenConnection, RateLimitLease?> _connections = [];
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private CloseReason? _closing;

    /// <summary>The number of open connections.</summary>
    public int Count => _connections.Count;

    /// <summary>Adds a connection. Returns null, or the reason for which it is refused.</summary>
    public CloseReason? Add(IOpenConnection connection, IPAddress? address)
    {
        RateLimitLease? lease = addresses.Connect(address);
        CloseReason? refusal = lease is { IsAcquired: false } ? CloseReason.TooManyConnectionsOfAddress : Add(connection, lease);
        if (refusal is not null)
        {
            lease?.Dispose();
        }

        return refusal;
    }

    /// <summary>Removes a connection that has ended.</summary>
    public void Remove(IOpenConnection connection)
    {
        lock (_lock)
        {
            if (_connections.TryRemove(connection, out RateLimitLease? lease))
            {
                lease?.Dispose();
            }

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

    private CloseReason? Add(IOpenConnection connection, RateLimitLease? lease)
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

            _connections[connection] = lease;
            return null;
        }
    }

    private void CompleteIfEmpty()
    {
        if (_closing is not null && _connections.IsEmpty)
        {
            _empty.TrySetResult();
        }
    }
}
