namespace MessageQueue.State;

/// <summary>
/// The past membership of a session in a room: events emitted to the room after <paramref name="JoinedAt"/> and up to
/// <paramref name="LeftAt"/> were for the session.
/// </summary>
/// <param name="Room">The room.</param>
/// <param name="JoinedAt">The sequence of the record that entered the room.</param>
/// <param name="LeftAt">The sequence of the record that left the room.</param>
internal readonly record struct PastMembership(Room Room, long JoinedAt, long LeftAt)
{
    /// <summary>Whether an event with this sequence, emitted to the room, was for the session.</summary>
    public bool Covers(long sequence) => sequence > JoinedAt && sequence <= LeftAt;
}
