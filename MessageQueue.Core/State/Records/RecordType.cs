namespace MessageQueue.State.Records;

/// <summary>What a record does to the state. The numbers are on disk for ever (docs/records.md): add new ones, never change one.</summary>
internal enum RecordType : byte
{
    /// <summary>No record: a command that only passes through the log's order.</summary>
    None = 0,

    /// <summary>
    /// A host opened the store: no session is attached to an earlier run of it any more. If it is the only host, every session has its full
    /// time to come back again.
    /// </summary>
    ServerStarted = 1,

    /// <summary>A connection asks for a session, which is created if it is missing.</summary>
    SessionAttached = 2,

    /// <summary>A session's connection ended.</summary>
    SessionDetached = 3,

    /// <summary>A session was ended or has expired.</summary>
    SessionEnded = 4,

    /// <summary>A session enters a room.</summary>
    RoomJoined = 5,

    /// <summary>A session leaves a room.</summary>
    RoomLeft = 6,

    /// <summary>An event for rooms and sessions.</summary>
    EventEmitted = 7,

    /// <summary>How far sessions have acknowledged.</summary>
    Acknowledged = 8,

    /// <summary>A session got an event too often: the event goes to the dead letters, and counts as acknowledged.</summary>
    DeadLettered = 9,

    /// <summary>What retention dropped.</summary>
    Dropped = 10,

    /// <summary>A durable handler runs again for an event that an earlier run of the server may have begun.</summary>
    HandlerStarted = 11,
}
