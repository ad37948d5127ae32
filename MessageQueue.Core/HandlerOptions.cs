namespace MessageQueue;

/// <summary>How the events of one handler are dealt with. Immutable.</summary>
public sealed record HandlerOptions
{
    internal static readonly HandlerOptions Default = new();

    /// <summary>
    /// Stores a client's event before the handler runs, and runs the handler again after a crash or restart until it has finished: at least
    /// once, in the order of the numbers for each session. Default false: the event is handled once, from memory, and is gone with the
    /// process. Costs one record in the log for each event and its flush before the handler starts, and holds the event until it is
    /// finished. <see cref="ReceivedEvent.Number"/> is the same at every run, so that work done twice can be recognised.
    /// </summary>
    public bool Durable { get; init; }

    /// <summary>
    /// How often a durable handler runs for one event before that is put aside: it goes to the rooms <c>dead:handler:EVENT</c> and
    /// <c>dead:*</c>, and the client is told <c>failed</c>. Default 3; at least 1. A run that the end of the process cut short counts, so
    /// that an event that crashes the process does so only this often. Not used for a handler that is not durable.
    /// </summary>
    public int MaxAttempts
    {
        get;
        init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "MaxAttempts has to be at least 1.");
    }

    = 3;

    /// <summary>
    /// The pause before another attempt, doubled at each. The session's later events wait meanwhile. Default 1 s; zero to one day.
    /// </summary>
    public TimeSpan RetryDelay
    {
        get;
        init => field = value >= TimeSpan.Zero && value <= TimeSpan.FromDays(1)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(value), value, "RetryDelay has to be zero to one day.");
    }

    = TimeSpan.FromSeconds(1);
}
