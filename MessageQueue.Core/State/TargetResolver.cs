namespace MessageQueue.State;

/// <summary>Finds the rooms that an event's <c>to</c> stands for. Belongs to one thread.</summary>
internal sealed class TargetResolver
{
    // Stands for a room that there is not.
    private static readonly Room Nobody = new("");

    private readonly List<Room> _rooms = [];

    /// <summary>What was found last: a room for every entry of <c>to</c>, in its order.</summary>
    public IReadOnlyList<Room> Rooms => _rooms;

    /// <summary>The inbox of the namespace's observers, where what was found last is for them too; else null.</summary>
    public Room? Observers { get; private set; }

    /// <summary>
    /// Looks them up. All or nothing: an emit to a session that is not there leaves no trace in the other rooms, so that it can be
    /// repeated. False: an entry names a session that does not exist.
    /// </summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="storedEvent">The event.</param>
    /// <param name="opensRooms"> Whether rooms are made that nobody is in, and inboxes: for an event that is kept, so that it is found by
    /// those who may come for it. Without it nothing is changed.
    /// </param>
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
