namespace MessageQueue;

/// <summary>
/// The base of every exception that this library throws for a cause of its own. The message says what was wrong, where, and what to do.
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

    /// <param name="message">What was wrong, where, and what to do; for people, and free to change.</param>
    /// <param name="innerException">What it was caused by, where that was an exception.</param>
    public MessageQueueException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Whether the same call may succeed later without anybody changing anything. False unless a derived type says otherwise.
    /// </summary>
    public virtual bool IsTransient => false;
}
