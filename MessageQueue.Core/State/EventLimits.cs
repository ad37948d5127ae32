namespace MessageQueue.State;

/// <summary>What keeps an event from some of those it was emitted to. Most events have neither, and cost nothing here.</summary>
/// <param name="Deadline">When it is no longer delivered, in milliseconds since the Unix epoch.</param>
/// <param name="Except">Ids of sessions that do not get it.</param>
internal readonly record struct EventLimits(long Deadline, long[] Except)
{
    /// <summary>Whether the event may still be delivered to this session.</summary>
    public bool Admits(long sessionId, long now) => now < Deadline && Array.IndexOf(Except, sessionId) < 0;
}
