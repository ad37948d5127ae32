namespace MessageQueue.Storage;

/// <summary>
/// What clients know a log by. A copy of a log gets an id of its own when it is started, because it gives the numbers behind its end again.
/// </summary>
/// <param name="Id">The id; empty where it is not known, which a log that is in use never has.</param>
/// <param name="Origins">The logs that this one began as a copy of, newest first.</param>
internal sealed record LogIdentity(Guid Id, IReadOnlyList<LogOrigin> Origins)
{
    /// <summary>
    /// How many origins are kept. A client finds its log among them unless it was away while so many copies were started one after the
    /// other.
    /// </summary>
    public const int MaxOrigins = 8;

    /// <summary>That of a log which cannot be told any more.</summary>
    public static LogIdentity Unknown { get; } = new(Guid.Empty, []);

    public bool IsUnknown => Id == Guid.Empty;

    /// <summary>That of a log which has this one's events up to a sequence, and others behind it.</summary>
    public LogIdentity ContinuedBy(Guid id, long upTo)
    {
        IEnumerable<LogOrigin> origins = IsUnknown ? Origins : [new LogOrigin(Id, upTo), .. Origins];
        return new LogIdentity(id, [.. origins.Take(MaxOrigins).Select(origin => origin with { UpTo = Math.Min(origin.UpTo, upTo) })]);
    }
}
