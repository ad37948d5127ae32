namespace MessageQueue;

/// <summary>What became of an event that asked many sessions for an answer.</summary>
/// <param name="Number">Where the event stands in the log; receivers have it as <c>id</c>.</param>
/// <param name="Received">The answers that came in time and could be read, in the order in which they came.</param>
/// <param name="Missing">The sessions that were asked and did not answer, connected or not.</param>
/// <typeparam name="T">What answers are read as.</typeparam>
public sealed record Answers<T>(long Number, IReadOnlyList<Answer<T>> Received, IReadOnlyList<Session> Missing);
