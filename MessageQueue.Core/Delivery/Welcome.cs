using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>What a connection gets when it is attached to its session.</summary>
/// <param name="Session">The session.</param>
/// <param name="Resumed">Whether the session existed before.</param>
/// <param name="Pending">How many events are pending at this moment, as far as they were counted.</param>
/// <param name="HasMore">Whether there are more than were counted.</param>
/// <param name="Window">How many events may be in flight on this connection.</param>
internal readonly record struct Welcome(SessionState Session, bool Resumed, int Pending, bool HasMore, int Window);
