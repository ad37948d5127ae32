namespace MessageQueue;

/// <summary>There is no such session in the namespace: it never existed, it was ended, or it has expired. Nothing was stored.</summary>
public sealed class UnknownSessionException : MessageQueueException
{
    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public UnknownSessionException()
        : this("There is no such session in this namespace; it was ended or has expired. Nothing was stored.")
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public UnknownSessionException(string message)
        : base(message)
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public UnknownSessionException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
