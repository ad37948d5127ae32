namespace MessageQueue.State;

/// <summary>
/// Follows which session is in which room. Called while a record is applied, on the thread that applies it; must not change the state.
/// </summary>
internal interface IMembershipObserver
{
    /// <summary>Reports that the session has entered the room.</summary>
    void Entered(SessionState session, Room room);

    /// <summary>Reports that the session has left the room. Not called for the rooms of a session that ends.</summary>
    void Left(SessionState session, Room room);
}
