namespace MessageQueue.State.Records;

/// <summary>That a session is not owed any more what it was owed up to a sequence.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="UpTo">A sequence.</param>
internal readonly record struct BacklogCut(long SessionId, long UpTo);
