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

    /// <summary>Not stored. It keeps its place among the others, so its answer means that everything before it was applied.</summary>
    Ping,

    /// <summary>
    /// A request that was already refused. Not stored. It keeps its place, so that answers come in the order of requests.
    /// </summary>
    Refuse,

    /// <summary>Begins to watch a room. Not stored. It keeps its place among the others.</summary>
    Watch,

    /// <summary>Ends the watch of a room. As <see cref="Watch"/>.</summary>
    Unwatch,

    /// <summary>Says what the session shows of itself. As <see cref="Watch"/>.</summary>
    Show,

    /// <summary>Acknowledges a token that was accepted. As <see cref="Watch"/>.</summary>
    Token,

    /// <summary>An event for sessions that are connected now. Not stored. It keeps its place among the others.</summary>
    VolatileEmit,
}
