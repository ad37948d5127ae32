namespace MessageQueue.State;

/// <summary>
/// Whoever follows which session is in which room. Called while a record is applied, on the thread that applies it; must not change the
/// state.
/// </summary>
internal interface IMembershipObserver
{
    /// <summary>The session is in the room from now on.</summary>
    void Entered(SessionState session, Room room);

    /// <summary>The session is in the room no more. Not called for the rooms of a session that ends.</summary>
    void Left(SessionState session, Room room);
}
