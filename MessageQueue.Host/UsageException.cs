namespace MessageQueue.Host;

/// <summary>An option, variable or setting is wrong. The message says what is wrong and, after a semicolon, what to do.</summary>
internal sealed class UsageException(string message) : Exception(message);
