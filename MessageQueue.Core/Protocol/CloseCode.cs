namespace MessageQueue.Protocol;

/// <summary>WebSocket close codes that the server sends: RFC 6455 section 7.4.1, and 4000 and up for its own.</summary>
internal static class CloseCode
{
    /// <summary>The answer to a client's own close.</summary>
    public const int Normal = 1000;

    /// <summary>The server is stopping.</summary>
    public const int GoingAway = 1001;

    /// <summary>A frame broke RFC 6455.</summary>
    public const int ProtocolError = 1002;

    /// <summary>A binary message: the protocol is text.</summary>
    public const int UnsupportedData = 1003;

    /// <summary>Text that is not UTF-8.</summary>
    public const int InvalidUtf8 = 1007;

    /// <summary>Not allowed: token, session, or the parameters of the connection.</summary>
    public const int NotAllowed = 1008;

    /// <summary>A message over the size limit.</summary>
    public const int TooBig = 1009;

    /// <summary>The server failed; the outcome of what was not acknowledged is unknown.</summary>
    public const int ServerFailed = 1011;

    /// <summary>Overloaded: try again later.</summary>
    public const int Overloaded = 1013;

    /// <summary>Another connection took the session over.</summary>
    public const int TakenOver = 4001;

    /// <summary>The session was ended.</summary>
    public const int SessionEnded = 4002;
}
