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
    /// <param name="storedEvent">The event.</param>
    /// <param name="opensRooms">Whether missing rooms and inboxes are created: for an event that is stored, so that sessions that come
    /// later find it. Otherwise nothing is changed.</param>
    public bool TryFind(NamespaceState ns, StoredEvent storedEvent, bool opensRooms)
    {
        foreach (ReadOnlyMemory<byte> target in storedEvent.To)
        {
            if (target.Span is [(byte)'@', .. ReadOnlySpan<byte> address] && ns.FindAddress(address) is null)
            {
                return false;
            }
        }

        Observers = storedEvent is { IsObserved: true, IsVolatile: false } ? ns.FindSession(ServerSessions.Observers)?.OpenInbox() : null;
        _rooms.Clear();
        foreach (ReadOnlyMemory<byte> target in storedEvent.To)
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
