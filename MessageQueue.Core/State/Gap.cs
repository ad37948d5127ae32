namespace MessageQueue.State;

/// <summary>Events that a session was owed and will not get, because retention dropped them. Both ends inclusive.</summary>
/// <param name="From">The first of them.</param>
/// <param name="To">The last of them.</param>
/// <param name="Count">How many they are; null where that is not known.</param>
/// <param name="ArisenAt">The sequence of the record that dropped them: what was acknowledged before it did not acknowledge this.</param>
internal readonly record struct Gap(long From, long To, long? Count, long ArisenAt)
{
    /// <summary>One gap that says what both say.</summary>
    public Gap With(in Gap other) => new(Math.Min(From, other.From), Math.Max(To, other.To), Count + other.Count, Math.Max(ArisenAt, other.ArisenAt));
}
