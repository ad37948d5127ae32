namespace MessageQueue.Transport;

/// <summary>A connection, as the heartbeat sees it.</summary>
internal interface IWatchedConnection
{
    /// <summary>The index in the heartbeat's list. Guarded by the heartbeat's lock.</summary>
    int Slot { get; set; }

    /// <summary>Does what is due: sends a ping, or drops the connection if it is dead. Called by one thread at a time.</summary>
    void Check(long now);
}
