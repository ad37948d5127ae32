namespace MessageQueue.Commands;

/// <summary>
/// A limit per second, with a burst after a pause. Thread-safe. The limiters of System.Threading.RateLimiting do not support
/// <see cref="TimeProvider"/>, and one cannot wait for them without taking a permit.
/// </summary>
internal sealed class TokenBucket(int perSecond, int burst, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private double _tokens = burst;
    private long _filledAt = timeProvider.GetTimestamp();

    /// <summary>Whether it is full, because nothing was taken for long enough.</summary>
    public bool IsFull
    {
        get
        {
            lock (_lock)
            {
                Fill();
                return _tokens >= burst;
            }
        }
    }

    /// <summary>Takes a token if there is one.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            Fill();
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }

    /// <summary>Gives back a token that was taken and not used.</summary>
    public void Return()
    {
        lock (_lock)
        {
            _tokens = Math.Min(burst, _tokens + 1);
        }
    }

    /// <summary>Completes when there is a token to take. It goes to the first caller that takes it.</summary>
    public async Task WaitAsync()
    {
        for (TimeSpan wait = UntilNext(); wait > TimeSpan.Zero; wait = UntilNext())
        {
            using CancellationTokenSource inTime = new();
            Task delay = Task.Delay(wait, timeProvider, inTime.Token);

            // The clock may have moved before the delay began.
            if (UntilNext() <= TimeSpan.Zero)
            {
                await inTime.CancelAsync().ConfigureAwait(false);
            }

            await delay.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private TimeSpan UntilNext()
    {
        lock (_lock)
        {
            Fill();

            // Rounded up to what a timer can count. Otherwise the wait would be repeated for the rest of a millisecond.
            return _tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((1 - _tokens) * 1000 / perSecond)));
        }
    }

    private void Fill()
    {
        long now = timeProvider.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + (timeProvider.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
        _filledAt = now;
    }
}
