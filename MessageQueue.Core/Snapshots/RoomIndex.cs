using MessageQueue.State;

namespace MessageQueue.Snapshots;

/// <summary>
/// The numbers by which the sessions of a snapshot refer to its rooms: 0 is everyone, 1 is the session's own inbox, then the rooms in their
/// order.
/// </summary>
internal sealed class RoomIndex(NamespaceState ns)
{
    public const int Inbox = 1;

    private readonly List<Room> _rooms = [];
    private readonly Dictionary<Room, int> _numbers = [];

    /// <summary>Adds the next room.</summary>
    public void Add(Room room)
    {
        _rooms.Add(room);
        _numbers.Add(room, Inbox + _rooms.Count);
    }

    /// <summary>Returns the number of a room.</summary>
    public int NumberOf(Room room, SessionState session) => room == ns.Everyone ? 0 : room == session.Inbox ? Inbox : _numbers[room];

    /// <summary>Returns the room of a number; null for the inbox.</summary>
    public Room? RoomOf(long number) => number switch
    {
        0 => ns.Everyone,
        Inbox => null,
        _ when number <= Inbox + _rooms.Count => _rooms[(int)number - Inbox - 1],
        _ => throw SnapshotReader.Broken("a session is in a room that does not exist"),
    };
}
