namespace MessageQueue.Client.Emitting;

/// <summary>What an entry of the outbox is.</summary>
internal enum OutboxKind
{
    /// <summary>An emit, repeated until it is answered.</summary>
    Emit,

    /// <summary>A volatile emit, never repeated.</summary>
    Volatile,

    /// <summary>A join that the app asked for.</summary>
    Join,

    /// <summary>A leave that the app asked for.</summary>
    Leave,

    /// <summary>A join or leave of the client itself, for a new session. It is made anew for each connection.</summary>
    Restore,
}
