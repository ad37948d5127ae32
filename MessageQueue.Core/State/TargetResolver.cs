namespace MessageQueue.State;

/// <summary>Finds the rooms that an event's <c>to</c> stands for. Not thread-safe; belongs to one thread.</summary>
internal sealed class TargetResolver
{
    // Stands for a room that does not exist.
    private static readonly Room Nobody = new("");

    private readonly List<Room> _rooms = [];

    /// <summary>The rooms that were found last: one for every entry of <c>to</c>, in its order.</summary>
    public IReadOnlyList<Room> Rooms => _rooms;

    /// <summary>The inbox of the namespace's observers if the last event is for them too, else null.</summary>
    public Room? Observers { get; private set; }

    /// <summary>
    /// Looks up the rooms, all or none: an emit to a session that does not exist leaves no trace in the other rooms, so that it can be
    /// repeated. Returns false if an entry names a session that does not exist.
    /// </summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="to">The event's <c>to</c>.</param>
    /// <param name="isObserved">Whether the event is for the namespace's observers too, if there are any.</param>
    /// <param name="opensRooms">Whether missing rooms and inboxes are created: for an event that is stored, so that sessions that come
    /// later find it. Otherwise nothing is changed.</param>
    public bool TryFind(NamespaceState ns, ReadOnlySpan<ReadOnlyMemory<byte>> to, bool isObserved, bool opensRooms)
    {
        foreach (ReadOnlyMemory<byte> target in to)
        {
            if (target.Span is [(byte)'@', .. ReadOnlySpan<byte> address] && ns.FindAddress(address) is null)
            {
                return false;
            }
        }

        Observers = isObserved ? ns.FindSession(ServerSessions.Observers)?.OpenInbox() : null;
        _rooms.Clear();
        foreach (ReadOnlyMemory<byte> target in to)
        {
            _rooms.Add(target.Span switch
            {
                [(byte)'*'] => ns.Everyone,
                [(byte)'@', .. ReadOnlySpan<byte> address] when opensRooms => ns.FindAddress(address)!.OpenInbox(),
                [(byte)'@', ..] => Nobody,
                ReadOnlySpan<byte> room when opensRooms => ns.OpenRoom(room),
                ReadOnlySpan<byte> room => ns.FindRoom(room) ?? Nobody,
            });
        }

        return true;
    }
}
