namespace MessageQueue.Presence;

/// <summary>
/// The sessions that lost their last connection a short time ago and still count as present. For the apply loop only.
/// </summary>
internal sealed class Absences(TimeSpan grace)
{
    private readonly record struct Absence(long SessionId, long EndsAt);

    private readonly long _grace = (long)grace.TotalMilliseconds;
    private readonly Dictionary<long, long> _ends = [];

    // All last equally long, so they end in the order in which they began. Those that ended early stay until their time.
    private readonly Queue<Absence> _queue = new();

    /// <summary>When the next absence may end, in milliseconds; null if there is none.</summary>
    public long? NextEnd => _queue.TryPeek(out Absence next) ? next.EndsAt : null;

    /// <summary>Begins the absence of a session.</summary>
    public void Begin(long sessionId, long now)
    {
        _ends[sessionId] = now + _grace;
        _queue.Enqueue(new Absence(sessionId, now + _grace));
    }

    /// <summary>Ends the absence of a session early.</summary>
    public void End(long sessionId) => _ends.Remove(sessionId);

    /// <summary>Takes the next session whose time is over; returns false if there is none.</summary>
    public bool TryTake(long now, out long sessionId)
    {
        while (_queue.TryPeek(out Absence next) && next.EndsAt <= now)
        {
            _queue.Dequeue();
            if (_ends.TryGetValue(next.SessionId, out long endsAt) && endsAt == next.EndsAt)
            {
                _ends.Remove(next.SessionId);
                sessionId = next.SessionId;
                return true;
            }
        }

        sessionId = 0;
        return false;
    }
}
