namespace MessageQueue.State;

/// <summary>What retention took from sessions by one record.</summary>
internal sealed class DroppedEvents
{
    private readonly HashSet<SessionState> _sessions = [];

    /// <summary>The sessions that lost something: each has a new gap.</summary>
    public IReadOnlyCollection<SessionState> Sessions => _sessions;

    /// <summary>How many events they lost, counted once per session.</summary>
    public long Events { get; private set; }

    /// <summary>Takes in what one session lost; nothing, if there is no such gap.</summary>
    public void Add(SessionState session, Gap? gap)
    {
        if (gap is { } lost)
        {
            _sessions.Add(session);
            Events += lost.Count ?? 0;
        }
    }
}
