namespace MessageQueue;

/// <summary>
/// The disk is full. Events are refused until there is room again; a server that has no log yet does not start. Nothing was stored.
/// </summary>
public sealed class DiskFullException : MessageQueueException
{
    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public DiskFullException()
        : this("The disk is full; nothing was stored.")
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public DiskFullException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public DiskFullException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <inheritdoc />
    public override bool IsTransient => true;
}
