using MessageQueue.State;

namespace MessageQueue.Delivery.Inspection;

/// <summary>An event that was read back for an operator.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="Stored">The event; null if the log has no event of this number, or cannot read it.</param>
/// <param name="IsDamaged">Whether the log cannot read it.</param>
internal readonly record struct FoundEvent(long Sequence, StoredEvent? Stored, bool IsDamaged);
