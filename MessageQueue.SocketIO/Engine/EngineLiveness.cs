namespace MessageQueue.SocketIO.Engine;

/// <summary>The pings of one connection: one at a time, and the client has to answer in time. Thread-safe.</summary>
internal sealed class EngineLiveness(SocketIOOptions options, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private long _lastAt = clock.GetTimestamp();
    private long _pingedAt;
    private bool _isPinged;

    /// <summary>Whether it is time for a ping.</summary>
    public bool IsDue(long now)
    {
        lock (_gate)
        {
            return !_isPinged && clock.GetElapsedTime(_lastAt, now) >= options.PingInterval;
        }
    }

    /// <summary>Whether a ping is unanswered for too long.</summary>
    public bool IsLate(long now)
    {
        lock (_gate)
        {
            return _isPinged && clock.GetElapsedTime(_pingedAt, now) >= options.PingTimeout;
        }
    }

    /// <summary>Notes that a ping is sent. Returns false if one is unanswered.</summary>
    public bool TryPing(long now)
    {
        lock (_gate)
        {
            if (_isPinged)
            {
                return false;
            }

            // The client's time runs from when the ping was due, so that the timer's steps do not add to it; unless the server itself was
            // held up.
            TimeSpan late = clock.GetElapsedTime(_lastAt, now) - options.PingInterval;
            bool isOnTime = late >= TimeSpan.Zero && late <= options.PingTimeout / 2;
            _pingedAt = isOnTime ? now - (long)(late.TotalSeconds * clock.TimestampFrequency) : now;
            _isPinged = true;
            return true;
        }
    }

    /// <summary>Notes that the client answered. Returns false if there was nothing to answer.</summary>
    public bool TryAnswer()
    {
        lock (_gate)
        {
            bool wasPinged = _isPinged;
            if (wasPinged)
            {
                _isPinged = false;
                // Not now: pings come at the interval, and neither the way to the client nor the timer's steps add to it.
                _lastAt = _pingedAt;
            }

            return wasPinged;
        }
    }

    /// <summary>Gives the client its time once more.</summary>
    public void Extend(long now)
    {
        lock (_gate)
        {
            _pingedAt = now;
        }
    }
}
