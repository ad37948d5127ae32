namespace MessageQueue;

/// <summary>The settings of one handler or observer. Immutable.</summary>
public sealed record HandlerOptions
{
    internal static readonly HandlerOptions Default = new();

    /// <summary>
    /// Stores a client's event before the handler runs, and runs the handler again after a crash or restart until it has finished: at least
    /// once, and for each session in the order of the numbers. Default false: the event is handled once, from memory, and is lost when the
    /// process ends. A durable event costs one record in the log, which is flushed before the handler starts; the log keeps the event until
    /// it is finished. <see cref="ReceivedEvent.Number"/> is the same in every run, so the handler can recognise work that it did before.
    /// </summary>
    public bool Durable { get; init; }

    /// <summary>
    /// How often a durable handler runs for one event before the event becomes a dead letter: it goes to the rooms
    /// <c>dead:handler:EVENT</c> and <c>dead:*</c>, and the client gets the error <c>failed</c>. Default 3; at least 1. A run that did not
    /// finish because the process ended counts too, so an event that crashes the process does so only this often. Not used for a handler
    /// that is not durable.
    /// </summary>
    public int MaxAttempts
    {
        get;
        init => field = value >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxAttempts must be at least 1.");
    }

    = 3;

    /// <summary>
    /// The pause before the second attempt; it doubles with each attempt. The session's later events wait meanwhile. Default 1 s; zero to
    /// one day.
    /// </summary>
    public TimeSpan RetryDelay
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RetryDelay must be between zero and one day.");
    }

    = TimeSpan.FromSeconds(1);
}
