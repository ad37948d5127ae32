namespace MessageQueue.State.Pending;

/// <summary>
/// A remembered count of a session's pending events after one sequence and up to another. Entering and leaving rooms does not change it,
/// and time only from <see cref="ValidUntil"/> on.
/// </summary>
internal sealed class CountedEvents
{
    /// <summary>The sequence after which it counts.</summary>
    public required long After { get; set; }

    /// <summary>The sequence up to which it counts.</summary>
    public required long UpTo { get; set; }

    /// <summary>The number of events.</summary>
    public long Count { get; set; }

    /// <summary>The time at which the first of the counted events expires, in milliseconds since the Unix epoch.</summary>
    public long ValidUntil { get; set; } = long.MaxValue;
}
