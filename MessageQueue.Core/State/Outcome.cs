namespace MessageQueue.State;

/// <summary>What a record did to the state.</summary>
/// <param name="Kind">The result of the record.</param>
internal readonly record struct Outcome(OutcomeKind Kind)
{
    /// <summary>The event's number; for a duplicate, the number of the first event.</summary>
    public long EventId { get; init; }

    /// <summary>Whether the record is an event, and was stored.</summary>
    public bool IsEvent { get; init; }

    /// <summary>The session that the record was about.</summary>
    public SessionState? Session { get; init; }

    /// <summary>What sessions lost, if something was dropped.</summary>
    public DroppedEvents? DroppedEvents { get; init; }

    /// <summary>Whether the session existed before.</summary>
    public bool Resumed { get; init; }
}
