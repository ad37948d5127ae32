using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>What a connection is told when it has its session.</summary>
/// <param name="Session">The session.</param>
/// <param name="Resumed">Whether the session was there before.</param>
/// <param name="Pending">How many events it is owed at this moment, as far as they were counted.</param>
/// <param name="HasMore">Whether there are more than were counted.</param>
/// <param name="Window">How many events may be in flight on this connection.</param>
internal readonly record struct Welcome(SessionState Session, bool Resumed, int Pending, bool HasMore, int Window);
