namespace MessageQueue.State;

/// <summary>That a session is in a room: it is owed what was emitted to the room after <see cref="JoinedAt"/>.</summary>
internal sealed class Membership(SessionState session, Room room, long joinedAt)
{
    /// <summary>The session.</summary>
    public SessionState Session { get; } = session;

    /// <summary>The room.</summary>
    public Room Room { get; } = room;

    /// <summary>The sequence of the record that entered it.</summary>
    public long JoinedAt { get; } = joinedAt;

    /// <summary>Its place among the members of <see cref="Room"/>, which keeps it; −1 when it is not there.</summary>
    public int MemberIndex { get; set; } = -1;
}
