namespace MessageQueue.Client;

/// <summary>What a <see cref="ClientNotice"/> tells.</summary>
public enum ClientNoticeKind
{
    /// <summary>The server dropped events before this session acknowledged them.</summary>
    Gap,

    /// <summary>Another connection took the session over. The client is closed.</summary>
    TakenOver,

    /// <summary>
    /// The session is gone: it has expired, or was ended. The client continues with a new one; what the old one was owed is gone.
    /// </summary>
    SessionLost,

    /// <summary>The server has another log, such as a restored backup.</summary>
    LogChanged,

    /// <summary>An event came for which there is no handler. It is acknowledged.</summary>
    Unhandled,

    /// <summary>A handler threw, or the data of an event could not be read. The event comes again.</summary>
    HandlerFailed,

    /// <summary>An emit, a join or a leave was refused by the server.</summary>
    Refused,

    /// <summary>An emit did not fit into the outbox.</summary>
    OutboxFull,

    /// <summary>The server reported an error that belongs to no request, or sent something that could not be read.</summary>
    ServerError,

    /// <summary>
    /// The token expires, and <see cref="MessageQueueClientOptions.Token"/> threw. It is called again when the server has closed the
    /// connection.
    /// </summary>
    TokenFailed,
}
