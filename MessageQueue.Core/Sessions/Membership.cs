namespace MessageQueue.Sessions;

/// <summary>That a session is, or was, in a room: it is owed what was emitted to the room after <see cref="JoinedAt"/> and not after <see cref="LeftAt"/>.</summary>
internal sealed class Membership(SessionState session, Room room, long joinedAt)
{
    /// <summary>The session.</summary>
    public SessionState Session { get; } = session;

    /// <summary>The room.</summary>
    public Room Room { get; } = room;

    /// <summary>The sequence of the record that entered it.</summary>
    public long JoinedAt { get; } = joinedAt;

    /// <summary>The sequence of the record that left it; <see cref="long.MaxValue"/> while it has not.</summary>
    public long LeftAt { get; set; } = long.MaxValue;

    /// <summary>Whether it has not left.</summary>
    public bool IsOpen => LeftAt == long.MaxValue;

    /// <summary>Its place in <see cref="Room.Memberships"/>, while it is open.</summary>
    public int MemberIndex { get; set; }

    /// <summary>Its place in <see cref="Room.Online"/>, −1 when it is not there.</summary>
    public int OnlineIndex { get; set; } = -1;

    /// <summary>Whether an event with this sequence, emitted to the room, is for the session.</summary>
    public bool Covers(long sequence) => sequence > JoinedAt && sequence <= LeftAt;
}
