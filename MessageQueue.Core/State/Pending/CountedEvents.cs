namespace MessageQueue.State.Pending;

/// <summary>
/// That so many events after one sequence and up to another are owed to a session: entering and leaving rooms does not change it, and time
/// only when it says so.
/// </summary>
internal sealed class CountedEvents
{
    /// <summary>The sequence after which it counts.</summary>
    public required long After { get; set; }

    /// <summary>The sequence up to which it counts.</summary>
    public required long UpTo { get; set; }

    /// <summary>How many they are.</summary>
    public long Count { get; set; }

    /// <summary>When the first of those that were counted expires, in milliseconds since the Unix epoch.</summary>
    public long ValidUntil { get; set; } = long.MaxValue;
}
