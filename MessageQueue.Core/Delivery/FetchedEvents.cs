namespace MessageQueue.Delivery;

/// <summary>Events that were read from the log.</summary>
/// <param name="Events">The events, oldest first.</param>
/// <param name="Missing">The requested sequences that the log does not hold.</param>
internal sealed record FetchedEvents(OutgoingEvent[] Events, long[] Missing)
{
    /// <summary>
    /// The missing sequences before the first of <see cref="Events"/> that a repair of the log has lost. They cannot be delivered any more.
    /// </summary>
    public long[] Lost { get; init; } = [];

    /// <summary>The first requested sequence if it could not be read back, else 0. Then all other members are empty.</summary>
    public long Unreadable { get; init; }
}
