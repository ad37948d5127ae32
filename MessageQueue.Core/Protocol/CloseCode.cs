namespace MessageQueue.Protocol;

/// <summary>The WebSocket close codes that the server sends: those of RFC 6455 section 7.4.1, and 4000 and above for its own.</summary>
internal static class CloseCode
{
    /// <summary>The answer to a client's own close.</summary>
    public const int Normal = 1000;

    /// <summary>The server is stopping.</summary>
    public const int GoingAway = 1001;

    /// <summary>A frame violated RFC 6455.</summary>
    public const int ProtocolError = 1002;

    /// <summary>A binary message to a dialect that is text only.</summary>
    public const int UnsupportedData = 1003;

    /// <summary>Text that is not UTF-8.</summary>
    public const int InvalidUtf8 = 1007;

    /// <summary>The token, the session or the parameters of the connection are not allowed.</summary>
    public const int NotAllowed = 1008;

    /// <summary>A message over the size limit.</summary>
    public const int TooBig = 1009;

    /// <summary>The server failed. What was not acknowledged may or may not be stored.</summary>
    public const int ServerFailed = 1011;

    /// <summary>Overloaded: try again later.</summary>
    public const int Overloaded = 1013;

    /// <summary>Another connection took over the session.</summary>
    public const int TakenOver = 4001;

    /// <summary>The session was ended.</summary>
    public const int SessionEnded = 4002;

    /// <summary>The token has expired.</summary>
    public const int TokenExpired = 4003;
}
