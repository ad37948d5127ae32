namespace MessageQueue;

/// <summary>
/// The server has stopped or failed, or has not started. Where an event was on its way, whether it is stored is unknown until the next
/// start.
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
