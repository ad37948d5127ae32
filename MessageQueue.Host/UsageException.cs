namespace MessageQueue.Host;

/// <summary>What the user gave cannot be used. The message says what is wrong and, behind a semicolon, what to do.</summary>
internal sealed class UsageException(string message) : Exception(message);
