namespace MessageQueue.State;

/// <summary>The membership of a session in a room: events emitted to the room after <see cref="JoinedAt"/> are for the session.</summary>
internal sealed class Membership(SessionState session, Room room, long joinedAt)
{
    /// <summary>The session.</summary>
    public SessionState Session { get; } = session;

    /// <summary>The room.</summary>
    public Room Room { get; } = room;

    /// <summary>The sequence of the record that entered the room.</summary>
    public long JoinedAt { get; } = joinedAt;

    /// <summary>Its index among the members of <see cref="Room"/>, which updates it; −1 if it is not there.</summary>
    public int MemberIndex { get; set; } = -1;
}
