namespace MessageQueue;

/// <summary>An operation that an operator can ask for.</summary>
public enum Operation
{
    /// <summary>List the sessions: their names, their rooms, and how many events are pending for them.</summary>
    ListSessions,

    /// <summary>List the rooms: their names, how many sessions are in them, and how many of their events the log holds.</summary>
    ListRooms,

    /// <summary>End a session for good. It loses its pending events.</summary>
    EndSession,

    /// <summary>
    /// Read the counters of a self-hosted server, <c>GET /metrics</c>. In an app of your own, export the meter <c>MessageQueue</c>.
    /// </summary>
    ReadMetrics,

    /// <summary>Move an unfinished event of a durable handler to the dead letters.</summary>
    SkipEvent,

    /// <summary>
    /// Say what became of an event: for which sessions it was, and for which of them it is pending, and why. Shows no data.
    /// </summary>
    ExplainEvent,

    /// <summary>Read the pending events of a session, with their data, without connecting as it.</summary>
    PeekSession,
}
