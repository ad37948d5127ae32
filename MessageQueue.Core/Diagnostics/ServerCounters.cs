namespace MessageQueue.Diagnostics;

/// <summary>
/// Counts the work of the server. Unless a member says otherwise, only the apply loop writes; any thread may read and may see a slightly
/// old value.
/// </summary>
internal sealed class ServerCounters
{
    private long _refused;
    private long _oldestOwedTime;

    /// <summary>Events stored, plus volatile events.</summary>
    public long Emitted { get; set; }

    /// <summary>Events handed to outputs.</summary>
    public long Deliveries { get; private set; }

    /// <summary>Deliveries of events that may have been delivered before.</summary>
    public long Redeliveries { get; private set; }

    /// <summary>Events that became dead letters because a session got them too often.</summary>
    public long DeadLetters { get; set; }

    /// <summary>The counters of retention.</summary>
    public RetentionCounts Retention { get; } = new();

    /// <summary>Messages and connections refused. Written by any thread.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>An upper bound for the events pending for all sessions, as of the last round of samples.</summary>
    public long Owed { get; set; }

    /// <summary>
    /// When the oldest event was stored that is pending for any session, as of the last round of samples, in milliseconds since the Unix
    /// epoch; 0 if nothing is pending. Written by any thread.
    /// </summary>
    public long OldestOwedTime
    {
        get => Interlocked.Read(ref _oldestOwedTime);
        set => Interlocked.Exchange(ref _oldestOwedTime, value);
    }

    /// <summary>Whether anybody reads the number of pending events, which costs something to count.</summary>
    public bool WantsOwed { get; set; }

    /// <summary>Called by the log writer after every batch with the number of records and the time of the write and its sync.</summary>
    public Action<int, TimeSpan>? Synced { get; set; }

    /// <summary>Counts an event that was handed to an output.</summary>
    public void Delivered(bool redelivered)
    {
        Deliveries++;
        Redeliveries += redelivered ? 1 : 0;
    }

    /// <summary>Counts events that were handed to an output for the first time.</summary>
    public void Delivered(int count) => Deliveries += count;

    /// <summary>Counts a message or a connection that was refused.</summary>
    public void Refuse() => Interlocked.Increment(ref _refused);
}
