using MessageQueue.State;

namespace MessageQueue.Http.Answers;

/// <summary>What became of an event.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Stored">The event; null if the log does not have it any more, or cannot read it.</param>
/// <param name="IsDamaged">Whether the log cannot read it.</param>
/// <param name="Counts">For how many sessions it has which status.</param>
/// <param name="Receivers">Some of these sessions, first those for which it is not over.</param>
internal sealed record Explanation(
    long Number, StoredEvent? Stored, bool IsDamaged, IReadOnlyDictionary<ReceiverStatus, int> Counts, IReadOnlyList<Receiver> Receivers)
{
    /// <summary>Whether there are more receivers than are named.</summary>
    public bool HasMore => Counts.Values.Sum() > Receivers.Count;
}
