namespace MessageQueue.Storage;

/// <summary>A log from which another one started as a copy.</summary>
/// <param name="Id">Its id.</param>
/// <param name="UpTo">The last sequence that is the same in both logs. After it, the same number means different events.</param>
internal readonly record struct LogOrigin(Guid Id, long UpTo);
