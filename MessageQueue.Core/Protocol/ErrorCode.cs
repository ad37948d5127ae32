namespace MessageQueue.Protocol;

/// <summary>The <c>code</c> of an <c>error</c> message. The connection stays open after each of them.</summary>
internal static class ErrorCode
{
    /// <summary>The message is not one JSON value, or is nested deeper than 64 levels.</summary>
    public const string BadJson = "bad_json";

    /// <summary>The message is JSON, but not an object; or a field is missing, has the wrong type, is too long or is not allowed.</summary>
    public const string BadMessage = "bad_message";

    /// <summary>The <c>type</c> does not exist.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>There is no handler for this event.</summary>
    public const string Unhandled = "unhandled";

    /// <summary>The handler threw.</summary>
    public const string Failed = "failed";

    /// <summary>There is no session of that name in the namespace.</summary>
    public const string UnknownSession = "unknown_session";

    /// <summary>The request is not permitted, or a limit of the session was reached.</summary>
    public const string Forbidden = "forbidden";

    /// <summary>The client sent too many messages in too short a time.</summary>
    public const string RateLimited = "rate_limited";

    /// <summary>The store cannot accept it now.</summary>
    public const string Unavailable = "unavailable";
}
