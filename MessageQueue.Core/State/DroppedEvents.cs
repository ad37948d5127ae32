namespace MessageQueue.State;

/// <summary>The pending events that sessions lost to retention with one record.</summary>
internal sealed class DroppedEvents
{
    private readonly HashSet<SessionState> _sessions = [];

    /// <summary>The sessions that lost events. Each has a new gap.</summary>
    public IReadOnlyCollection<SessionState> Sessions => _sessions;

    /// <summary>The number of events that they lost, counted once per session.</summary>
    public long Events { get; private set; }

    /// <summary>Adds what one session lost. Does nothing if there is no gap.</summary>
    public void Add(SessionState session, Gap? gap)
    {
        if (gap is { } lost)
        {
            _sessions.Add(session);
            Events += lost.Count ?? 0;
        }
    }
}
