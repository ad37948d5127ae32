namespace MessageQueue.Client;

/// <summary>A request of a client failed. The message says what failed, and why.</summary>
public sealed class MessageQueueClientException : Exception
{
    /// <summary>The code where the client is closed.</summary>
    public const string Closed = "closed";

    /// <summary>The code of a volatile emit where there is no connection, or where it was lost before the answer.</summary>
    public const string NotConnected = "not_connected";

    /// <summary>The code where the outbox has no room.</summary>
    public const string OutboxFull = "outbox_full";

    /// <summary>The code of a message that is larger than the server takes.</summary>
    public const string TooLarge = "too_large";

    /// <summary>The code where nothing answers at the address.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>The code where something answers that is not a MessageQueue server.</summary>
    public const string NotAServer = "not_a_server";

    /// <summary>The code where the connection broke before the answer: the request may have been carried out or not.</summary>
    public const string OutcomeUnknown = "outcome_unknown";

    /// <summary>The code where the token is wrong or missing, or the app does not allow the request.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The code where the outbox file could not be written.</summary>
    public const string OutboxFailed = "outbox_failed";

    /// <summary>Creates an exception.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">What failed, and why.</param>
    /// <param name="innerException">What caused it; null for nothing.</param>
    public MessageQueueClientException(string code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The server's error code, such as <c>forbidden</c> or <c>unknown_session</c>, or one of the constants here.</summary>
    public string Code { get; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Code is NotConnected or OutboxFull or Unreachable or OutcomeUnknown or "rate_limited" or "unavailable";
}
