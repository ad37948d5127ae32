namespace MessageQueue.State;

/// <summary>
/// That a session was in a room: it is owed what was emitted to the room after <paramref name="JoinedAt"/> and not after
/// <paramref name="LeftAt"/>.
/// </summary>
/// <param name="Room">The room.</param>
/// <param name="JoinedAt">The sequence of the record that entered it.</param>
/// <param name="LeftAt">The sequence of the record that left it.</param>
internal readonly record struct PastMembership(Room Room, long JoinedAt, long LeftAt)
{
    /// <summary>Whether an event with this sequence, emitted to the room, was for the session.</summary>
    public bool Covers(long sequence) => sequence > JoinedAt && sequence <= LeftAt;
}
