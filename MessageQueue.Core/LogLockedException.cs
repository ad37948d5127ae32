namespace MessageQueue;

/// <summary>Another process uses the data directory.</summary>
public sealed class LogLockedException : MessageQueueException
{
    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogLockedException()
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogLockedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogLockedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
