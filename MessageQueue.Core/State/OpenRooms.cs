namespace MessageQueue.State;

/// <summary>The rooms that one session is in, in the order in which it entered them.</summary>
internal sealed class OpenRooms
{
    // Up to this size a linear search is as fast as an index. Nearly all sessions stay below it.
    private const int IndexedFrom = 16;

    private readonly List<Membership> _items = [];
    private Dictionary<Room, Membership>? _index;

    /// <summary>All memberships.</summary>
    public IReadOnlyList<Membership> Items => _items;

    /// <summary>Returns the membership of this room; null if the session is not in it.</summary>
    public Membership? Find(Room room)
    {
        if (_index is not null)
        {
            return _index.GetValueOrDefault(room);
        }

        foreach (Membership membership in _items)
        {
            if (membership.Room == room)
            {
                return membership;
            }
        }

        return null;
    }

    /// <summary>Adds the membership of a room that is not among them.</summary>
    public void Add(Membership membership)
    {
        _items.Add(membership);
        if (_index is not null)
        {
            _index.Add(membership.Room, membership);
        }
        else if (_items.Count > IndexedFrom)
        {
            _index = _items.ToDictionary(item => item.Room);
        }
    }

    /// <summary>Removes a membership.</summary>
    public void Remove(Membership membership)
    {
        _items.Remove(membership);
        _index?.Remove(membership.Room);
    }
}
