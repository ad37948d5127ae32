namespace MessageQueue.Storage;

/// <summary>
/// The id by which clients know a log. A copy of a log gets an id of its own at its first start, because it uses the numbers after its end
/// again.
/// </summary>
/// <param name="Id">The id; empty if it is unknown, which is never so for a log in use.</param>
/// <param name="Origins">The logs from which this one started as a copy, newest first.</param>
internal sealed record LogIdentity(Guid Id, IReadOnlyList<LogOrigin> Origins)
{
    /// <summary>
    /// The number of origins that are kept. A client finds its log among them, unless more copies than this were started one after the
    /// other while it was away.
    /// </summary>
    public const int MaxOrigins = 8;

    /// <summary>The identity of a log that cannot be determined any more.</summary>
    public static LogIdentity Unknown { get; } = new(Guid.Empty, []);

    public bool IsUnknown => Id == Guid.Empty;

    /// <summary>Returns the identity of a log that has this one's events up to a sequence, and other events after it.</summary>
    public LogIdentity ContinuedBy(Guid id, long upTo)
    {
        IEnumerable<LogOrigin> origins = IsUnknown ? Origins : [new LogOrigin(Id, upTo), .. Origins];
        return new LogIdentity(id, [.. origins.Take(MaxOrigins).Select(origin => origin with { UpTo = Math.Min(origin.UpTo, upTo) })]);
    }
}
