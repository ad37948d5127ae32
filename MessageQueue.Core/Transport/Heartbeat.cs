using System.Buffers;
using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Transport;

/// <summary>
/// Lets connections ping their clients and drop dead ones, with one timer for all of them. The timer runs four times per ping interval or
/// idle timeout, whichever is shorter, so both are exact to a quarter of that.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    // A timer with a shorter period fires only once.
    private static readonly TimeSpan LeastPeriod = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<IWatchedConnection> _connections = [];
    private int _scanning;

    /// <param name="limits">The intervals and the clock. An infinite interval means never.</param>
    /// <param name="logger">Receives errors that should not happen.</param>
    public Heartbeat(ConnectionLimits limits, ILogger logger)
        : this(Shorter(limits.PingInterval, limits.IdleTimeout), limits.TimeProvider, logger)
    {
    }

    /// <param name="shortest">The shortest interval of the connections, of which the timer's period is a quarter.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">Receives errors that should not happen.</param>
    public Heartbeat(TimeSpan shortest, TimeProvider clock, ILogger logger)
    {
        _clock = clock;
        _logger = logger;
        TimeSpan period = shortest == Timeout.InfiniteTimeSpan ? shortest
            : shortest / 4 < LeastPeriod ? LeastPeriod
            : shortest / 4;
        _timer = _clock.CreateTimer(static heartbeat => ((Heartbeat)heartbeat!).Scan(), this, period, period);
    }

    /// <summary>Starts watching a connection.</summary>
    public void Add(IWatchedConnection connection)
    {
        lock (_gate)
        {
            connection.Slot = _connections.Count;
            _connections.Add(connection);
        }
    }

    /// <summary>Stops watching a connection. A scan that is running may still check it once.</summary>
    public void Remove(IWatchedConnection connection)
    {
        lock (_gate)
        {
            IWatchedConnection last = _connections[^1];
            _connections[connection.Slot] = last;
            last.Slot = connection.Slot;
            _connections.RemoveAt(_connections.Count - 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Scan()
    {
        // If a scan takes longer than the period, the next one is skipped.
        if (Interlocked.Exchange(ref _scanning, 1) == 1)
        {
            return;
        }

        try
        {
            ScanOnce();
        }
        finally
        {
            Volatile.Write(ref _scanning, 0);
        }
    }

    private void ScanOnce()
    {
        // A copy, so that connections can be added and removed while pings are written.
        IWatchedConnection[] scanned;
        int count;
        lock (_gate)
        {
            count = _connections.Count;
            scanned = ArrayPool<IWatchedConnection>.Shared.Rent(count);
            _connections.CopyTo(scanned);
        }

        long now = _clock.GetTimestamp();
        foreach (IWatchedConnection connection in scanned.AsSpan(0, count))
        {
            try
            {
                connection.Check(now);
            }
            catch (Exception exception)
            {
                TransportLog.HeartbeatFailed(_logger, exception);
            }
        }

        ArrayPool<IWatchedConnection>.Shared.Return(scanned, clearArray: true);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other)
    {
        if (one == Timeout.InfiniteTimeSpan || other == Timeout.InfiniteTimeSpan)
        {
            return one == Timeout.InfiniteTimeSpan ? other : one;
        }

        return one < other ? one : other;
    }
}
