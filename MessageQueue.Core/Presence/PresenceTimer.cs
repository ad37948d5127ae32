namespace MessageQueue.Presence;

/// <summary>Says when changes are due to be told. For the apply loop only.</summary>
internal sealed class PresenceTimer : IDisposable
{
    private readonly TimeProvider _timeProvider;
    private readonly ITimer _timer;
    private readonly long _interval;
    private long _armedFor = long.MaxValue;

    /// <param name="interval">How long changes are collected.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="due">Called on any thread when it is time.</param>
    public PresenceTimer(TimeSpan interval, TimeProvider timeProvider, Action due)
    {
        _interval = (long)interval.TotalMilliseconds;
        _timeProvider = timeProvider;
        _timer = timeProvider.CreateTimer(_ => due(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The time in milliseconds.</summary>
    public long Now => _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Notes that the timer has called.</summary>
    public void Reset() => _armedFor = long.MaxValue;

    /// <summary>Calls after one interval, or earlier if that was asked for before.</summary>
    public void Arm() => Arm(Now);

    /// <summary>Calls at this time, but not before one interval is over, so that what is due soon after is told together.</summary>
    public void Arm(long due)
    {
        long now = Now;
        due = Math.Max(due, now + _interval);
        if (due < _armedFor)
        {
            _armedFor = due;
            _timer.Change(TimeSpan.FromMilliseconds(due - now), Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();
}
