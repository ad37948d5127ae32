namespace MessageQueue.Diagnostics;

/// <summary>
/// Counts what the server does. Written by the apply loop alone where nothing else is said, and read by anybody, a little late at worst.
/// </summary>
internal sealed class ServerCounters
{
    private long _refused;

    /// <summary>Events stored, and volatile ones.</summary>
    public long Emitted { get; set; }

    /// <summary>Events handed to outputs.</summary>
    public long Deliveries { get; private set; }

    /// <summary>Those of them that may have been delivered before.</summary>
    public long Redeliveries { get; private set; }

    /// <summary>Events put aside because a session got them too often.</summary>
    public long DeadLetters { get; set; }

    /// <summary>What retention counts.</summary>
    public RetentionCounts Retention { get; } = new();

    /// <summary>Messages and connections refused. Counted on any thread.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Events owed to all sessions at most, as of the last round of samples.</summary>
    public long Owed { get; set; }

    /// <summary>Whether anybody asks what is owed, which costs something to count.</summary>
    public bool WantsOwed { get; set; }

    /// <summary>Told of every batch by the log writer: how many records, and how long the write and its sync took.</summary>
    public Action<int, TimeSpan>? Synced { get; set; }

    /// <summary>An event was handed to an output.</summary>
    public void Delivered(bool redelivered)
    {
        Deliveries++;
        Redeliveries += redelivered ? 1 : 0;
    }

    /// <summary>A message or a connection was refused.</summary>
    public void Refuse() => Interlocked.Increment(ref _refused);
}
