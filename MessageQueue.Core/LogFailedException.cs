namespace MessageQueue;

/// <summary>
/// A write or sync of the log failed. The log takes nothing more; whether the batch under way is durable is unknown until the next start.
/// </summary>
public sealed class LogFailedException : MessageQueueException
{
    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogFailedException()
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogFailedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogFailedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
