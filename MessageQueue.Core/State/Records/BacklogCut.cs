namespace MessageQueue.State.Records;

/// <summary>Says that nothing up to a sequence is pending for a session any more.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="UpTo">The sequence.</param>
internal readonly record struct BacklogCut(long SessionId, long UpTo);
