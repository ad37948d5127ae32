namespace MessageQueue.State;

/// <summary>
/// The limits that keep an event from some of the sessions it was emitted to. Most events have no limits and cost nothing here.
/// </summary>
/// <param name="Deadline">The time from which the event is not delivered any more, in milliseconds since the Unix epoch.</param>
/// <param name="Except">The ids of the sessions that do not get the event.</param>
internal readonly record struct EventLimits(long Deadline, long[] Except)
{
    /// <summary>Whether the event may still be delivered to this session.</summary>
    public bool Admits(long sessionId, long now) => now < Deadline && !Exclusions.Contain(Except, sessionId);
}
