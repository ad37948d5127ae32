namespace MessageQueue;

/// <summary>
/// A write or sync of the log failed. The log accepts nothing more. Whether the batch that was being written is durable is unknown until
/// the next start.
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
