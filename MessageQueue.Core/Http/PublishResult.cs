using MessageQueue.Protocol;

namespace MessageQueue.Http;

/// <summary>Holds the outcome of a publish without a connection.</summary>
/// <param name="Error">Why it was refused; null if it was not.</param>
/// <param name="EventId">The event's number; null for a volatile one.</param>
/// <param name="IsDuplicate">Whether this repeats an earlier one, which has that number.</param>
internal readonly record struct PublishResult(ProtocolError? Error, long? EventId = null, bool IsDuplicate = false);
