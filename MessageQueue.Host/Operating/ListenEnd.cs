namespace MessageQueue.Host.Operating;

/// <summary>How a connection of <c>listen</c> ended.</summary>
/// <param name="Code">The server's close code; null where it is just gone.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct ListenEnd(int? Code, string Reason);
