namespace MessageQueue;

/// <summary>
/// Synced data of the log cannot be read back: a checksum, a header or a sequence is wrong. Nothing was changed on the disk.
/// </summary>
public sealed class LogDamagedException : MessageQueueException
{
    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogDamagedException()
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogDamagedException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public LogDamagedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
