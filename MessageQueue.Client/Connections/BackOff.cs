namespace MessageQueue.Client.Connections;

/// <summary>
/// Chooses how long to wait before the next attempt: a random time between zero and a limit, which doubles with every failure up to a cap.
/// The wide range keeps many clients from returning at once.
/// </summary>
/// <param name="first">The limit after the first failure.</param>
/// <param name="cap">The largest limit.</param>
/// <param name="random">Returns a number from 0 to 1.</param>
internal sealed class BackOff(TimeSpan first, TimeSpan cap, Func<double> random)
{
    /// <summary>After an overload, the wait is as after this many failures at least.</summary>
    private const int OverloadFailures = 4;

    private int _failures;

    /// <summary>Counts a failure, and returns the wait after it.</summary>
    public TimeSpan Next(bool isOverload = false)
    {
        _failures = isOverload ? Math.Max(_failures + 1, OverloadFailures) : _failures + 1;
        double limit = first.TotalSeconds * Math.Pow(2, Math.Min(_failures - 1, 60));
        return TimeSpan.FromSeconds(Math.Min(limit, cap.TotalSeconds) * random());
    }

    /// <summary>Forgets the failures.</summary>
    public void Reset() => _failures = 0;
}
