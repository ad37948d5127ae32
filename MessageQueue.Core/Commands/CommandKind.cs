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

    /// <summary>An answer that is known already: an error. Not stored; keeps its place among the other answers.</summary>
    Answer,

    /// <summary>An event for those who are connected now. Not stored; keeps its place among the others.</summary>
    VolatileEmit,
}
