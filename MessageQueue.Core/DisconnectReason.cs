namespace MessageQueue;

/// <summary>Why a session's connection has ended. The session itself goes on, except after <see cref="SessionEnded"/>.</summary>
public enum DisconnectReason
{
    /// <summary>The connection broke, or the client disappeared without closing it.</summary>
    ConnectionLost,

    /// <summary>The client closed it.</summary>
    ClientClosed,

    /// <summary>Another connection took the session over (close code 4001). The connect of that one was reported before this.</summary>
    TakenOver,

    /// <summary>The session was ended, by its client or by the server (4002).</summary>
    SessionEnded,

    /// <summary>The app called <see cref="Session.DisconnectAsync"/> (1008).</summary>
    Disconnected,

    /// <summary>The client broke the rules of the protocol or its limits (1002, 1003, 1007, 1009).</summary>
    ProtocolViolation,

    /// <summary>The server is stopping (1001).</summary>
    ServerStopping,

    /// <summary>The server failed (1011).</summary>
    ServerFailed,

    /// <summary>The client's token has expired, and the client sent no new one (4003).</summary>
    TokenExpired,
}
