namespace MessageQueue.Storage;

/// <summary>A log of which another one began as a copy.</summary>
/// <param name="Id">Its id.</param>
/// <param name="UpTo">
/// Up to and including this sequence both hold the same; behind it nothing that one says of a number is true of the other.
/// </param>
internal readonly record struct LogOrigin(Guid Id, long UpTo);
