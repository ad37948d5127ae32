using MessageQueue.Protocol;

namespace MessageQueue.Http;

/// <summary>The result of publishing an event by an HTTP request.</summary>
/// <param name="Error">Why it was refused; null if it was not.</param>
/// <param name="EventId">The event's number; null for a volatile one.</param>
/// <param name="IsDuplicate">Whether the request repeats an earlier one; the number is then that of the earlier event.</param>
internal readonly record struct PublishResult(ProtocolError? Error, long? EventId = null, bool IsDuplicate = false);
