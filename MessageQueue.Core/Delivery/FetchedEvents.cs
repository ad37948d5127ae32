namespace MessageQueue.Delivery;

/// <summary>What was read from the log.</summary>
/// <param name="Events">The events, oldest first.</param>
/// <param name="Missing">Sequences that were asked for and that the log does not hold.</param>
internal sealed record FetchedEvents(OutgoingEvent[] Events, long[] Missing)
{
    /// <summary>
    /// Those before the first of <see cref="Events"/> that a repair of the log has lost: nobody can be sent them any more.
    /// </summary>
    public long[] Lost { get; init; } = [];

    /// <summary>
    /// The first sequence that was asked for, where it could not be read back; 0 else. Then there is nothing in the others.
    /// </summary>
    public long Unreadable { get; init; }
}
