namespace MessageQueue;

/// <summary>
/// The base of all exceptions that this library defines. The message says what was wrong, where, and what to do.
/// </summary>
public class MessageQueueException : Exception
{
    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public MessageQueueException()
        : this("MessageQueue failed.")
    {
    }

    /// <inheritdoc cref="MessageQueueException(string, Exception?)" />
    public MessageQueueException(string message)
        : this(message, null)
    {
    }

    /// <param name="message">What was wrong, where, and what to do. It is for people; later versions may change it.</param>
    /// <param name="innerException">The exception that caused this one; null for none.</param>
    public MessageQueueException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Whether the same call may succeed later without any change by the caller. False unless a derived type says otherwise.
    /// </summary>
    public virtual bool IsTransient => false;
}
