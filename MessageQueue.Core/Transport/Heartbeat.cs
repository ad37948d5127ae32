using System.Buffers;
using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Transport;

/// <summary>
/// Pings the connections of a server and drops the dead ones, with one timer for all of them. Times are kept to a quarter of the shorter of
/// the two, which is how often it looks.
/// </summary>
internal sealed class Heartbeat : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private readonly List<ConnectionLiveness> _pulses = [];
    private int _scanning;

    /// <param name="limits">The intervals and the clock. An infinite interval means never.</param>
    /// <param name="logger">Told of what should not happen.</param>
    public Heartbeat(ConnectionLimits limits, ILogger logger)
    {
        _clock = limits.TimeProvider;
        _logger = logger;
        TimeSpan period = Shorter(limits.PingInterval, limits.IdleTimeout);
        period = period == Timeout.InfiniteTimeSpan ? period : period / 4;
        _timer = _clock.CreateTimer(static heartbeat => ((Heartbeat)heartbeat!).Scan(), this, period, period);
    }

    /// <summary>Watches one more connection.</summary>
    public void Add(ConnectionLiveness pulse)
    {
        lock (_gate)
        {
            pulse.Slot = _pulses.Count;
            _pulses.Add(pulse);
        }
    }

    /// <summary>Stops watching a connection. A scan under way may still look at it.</summary>
    public void Remove(ConnectionLiveness pulse)
    {
        lock (_gate)
        {
            ConnectionLiveness last = _pulses[^1];
            _pulses[pulse.Slot] = last;
            last.Slot = pulse.Slot;
            _pulses.RemoveAt(_pulses.Count - 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Scan()
    {
        // A scan that takes longer than the period is not overtaken by the next.
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
        // A copy, so that connections can come and go while pings are written.
        ConnectionLiveness[] pulses;
        int count;
        lock (_gate)
        {
            count = _pulses.Count;
            pulses = ArrayPool<ConnectionLiveness>.Shared.Rent(count);
            _pulses.CopyTo(pulses);
        }

        long now = _clock.GetTimestamp();
        foreach (ConnectionLiveness pulse in pulses.AsSpan(0, count))
        {
            try
            {
                pulse.Check(now);
            }
            catch (Exception exception)
            {
                TransportLog.HeartbeatFailed(_logger, exception);
            }
        }

        ArrayPool<ConnectionLiveness>.Shared.Return(pulses, clearArray: true);
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
