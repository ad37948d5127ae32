namespace MessageQueue;

/// <summary>The result of an event that asked many sessions for an answer.</summary>
/// <param name="Number">The event's number in the log; receivers see it as <c>id</c>.</param>
/// <param name="Received">The answers that came in time and could be read, in the order in which they came.</param>
/// <param name="Missing">The sessions that were asked and did not answer, connected or not.</param>
/// <typeparam name="T">The type that answers are read as.</typeparam>
public sealed record Answers<T>(long Number, IReadOnlyList<Answer<T>> Received, IReadOnlyList<Session> Missing);
