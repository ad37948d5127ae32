namespace MessageQueue.State;

/// <summary>What a record did to the state.</summary>
/// <param name="Kind">What became of it.</param>
internal readonly record struct Outcome(OutcomeKind Kind)
{
    /// <summary>The event's number: its own, or, for a duplicate, that of the first.</summary>
    public long EventId { get; init; }

    /// <summary>The event, when one was stored.</summary>
    public StoredEvent? Event { get; init; }

    /// <summary>The session it was about.</summary>
    public SessionState? Session { get; init; }

    /// <summary>What sessions lost, when something was dropped.</summary>
    public DroppedEvents? DroppedEvents { get; init; }

    /// <summary>Whether the session existed before.</summary>
    public bool Resumed { get; init; }
}
