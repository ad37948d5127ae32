namespace MessageQueue;

/// <summary>
/// Which records <see cref="MessageQueueLog.Dump(string, Stream, LogFilter, CancellationToken)"/> writes: those that everything set here
/// applies to.
/// </summary>
public sealed record LogFilter
{
    /// <summary>The first sequence, at least 1. Default 1.</summary>
    public long From { get; init; } = 1;

    /// <summary>The last sequence. Default <see cref="long.MaxValue"/>: the end of the log.</summary>
    public long To { get; init; } = long.MaxValue;

    /// <summary>The namespace of <see cref="Session"/>; null for any.</summary>
    public string? Namespace { get; init; }

    /// <summary>
    /// A session, by its name or its alias: its connections, rooms, acknowledgements and losses, the events that it sent, and those to it
    /// or to a room that it was in. Null for no such condition.
    /// </summary>
    public string? Session { get; init; }

    /// <summary>
    /// A room, <c>*</c> or <c>@SESSION</c>: who entered and left it, and the events to it. Null for no such condition.
    /// </summary>
    public string? Room { get; init; }

    /// <summary>
    /// An event's number: the event; then, for the sessions that it was for, their connections until they acknowledged or lost it, and the
    /// record that says so; and what was emitted while it was handled. Null for no such condition.
    /// </summary>
    public long? Event { get; init; }
}
