namespace MessageQueue;

/// <summary>What an operator may want.</summary>
public enum Operation
{
    /// <summary>To see the sessions: their names, rooms, and how much they are owed.</summary>
    ListSessions,

    /// <summary>To see the rooms: their names, how many sessions are in them, and how many events they hold.</summary>
    ListRooms,

    /// <summary>To end a session for good, with what it is owed.</summary>
    EndSession,

    /// <summary>
    /// To read the counters of a self-hosted server, <c>GET /metrics</c>. In an app of your own, export the meter <c>MessageQueue</c>.
    /// </summary>
    ReadMetrics,

    /// <summary>To put an unfinished event of a durable handler aside.</summary>
    SkipEvent,
}
