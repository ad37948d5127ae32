namespace MessageQueue;

/// <summary>
/// The server has stopped or failed, or has not started. If an event was on its way to the log, it is unknown until the next start whether
/// it was stored.
/// </summary>
public sealed class ServerStoppedException : MessageQueueException
{
    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public ServerStoppedException()
        : this("The server is not running.")
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public ServerStoppedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public ServerStoppedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
