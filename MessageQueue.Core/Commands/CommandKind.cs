namespace MessageQueue.Commands;

/// <summary>What a command asks for.</summary>
internal enum CommandKind : byte
{
    Start,
    Attach,
    Detach,
    End,
    Join,
    Leave,
    Emit,
    Acknowledge,
    DeadLetter,
    Drop,
    StartHandler,

    /// <summary>Not stored; keeps its place among the others, so that its answer says that all before it was applied.</summary>
    Ping,

    /// <summary>A request that was refused already. Not stored; keeps its place, so that answers come in the order of requests.</summary>
    Refuse,

    /// <summary>An event for those who are connected now. Not stored; keeps its place among the others.</summary>
    VolatileEmit,
}
