namespace MessageQueue.State;

/// <summary>Pending events that a session will not get, because retention dropped them. Both ends are inclusive.</summary>
/// <param name="From">The sequence of the first of them.</param>
/// <param name="To">The sequence of the last of them.</param>
/// <param name="Count">The number of events; null if it is not known.</param>
/// <param name="ArisenAt">The sequence of the record that dropped them. An acknowledgement from before that record does not cover this
/// gap.</param>
internal readonly record struct Gap(long From, long To, long? Count, long ArisenAt)
{
    /// <summary>Returns one gap that covers both.</summary>
    public Gap With(in Gap other) =>
        new(Math.Min(From, other.From), Math.Max(To, other.To), Count + other.Count, Math.Max(ArisenAt, other.ArisenAt));
}
