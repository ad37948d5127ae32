namespace MessageQueue.Protocol;

/// <summary>The <c>code</c> of an <c>error</c> message. The connection stays open after each of them.</summary>
internal static class ErrorCode
{
    /// <summary>Not one JSON value, or nested deeper than 64.</summary>
    public const string BadJson = "bad_json";

    /// <summary>JSON, but not an object, or a field missing, mistyped, too long or not allowed.</summary>
    public const string BadMessage = "bad_message";

    /// <summary>No such <c>type</c>.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>No handler for this event.</summary>
    public const string Unhandled = "unhandled";

    /// <summary>The handler threw.</summary>
    public const string Failed = "failed";

    /// <summary>There is no session of that name in the namespace.</summary>
    public const string UnknownSession = "unknown_session";

    /// <summary>Not permitted, or a limit of the session reached.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>Too many messages in too short a time.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>The store cannot take it now.</summary>
    public const string Unavailable = "unavailable";
}
