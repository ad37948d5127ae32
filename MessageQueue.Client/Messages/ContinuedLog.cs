namespace MessageQueue.Client.Messages;

/// <summary>A log whose beginning the server's log has: up to and including a number, both have the same events.</summary>
internal readonly record struct ContinuedLog(string Log, long UpTo);
