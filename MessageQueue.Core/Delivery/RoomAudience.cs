using System.Runtime.InteropServices;

namespace MessageQueue.Delivery;

/// <summary>The sessions connected here that are in one room, in no order.</summary>
internal sealed class RoomAudience
{
    // Up to this size a linear search is as fast as an index. Nearly all rooms stay below it.
    private const int IndexedFrom = 16;

    private readonly List<SessionDelivery> _items = new(1);
    private Dictionary<SessionDelivery, int>? _index;

    /// <summary>The sessions.</summary>
    public ReadOnlySpan<SessionDelivery> Items => CollectionsMarshal.AsSpan(_items);

    /// <summary>Adds a session that is not among them.</summary>
    public void Add(SessionDelivery delivery)
    {
        _index?.Add(delivery, _items.Count);
        _items.Add(delivery);
        if (_index is null && _items.Count > IndexedFrom)
        {
            _index = [];
            for (int i = 0; i < _items.Count; i++)
            {
                _index.Add(_items[i], i);
            }
        }
    }

    /// <summary>Removes a session, if it is among them.</summary>
    public void Remove(SessionDelivery delivery)
    {
        int place = _index is null ? _items.IndexOf(delivery) : _index.GetValueOrDefault(delivery, -1);
        if (place < 0)
        {
            return;
        }

        SessionDelivery last = _items[^1];
        _items[place] = last;
        _items.RemoveAt(_items.Count - 1);
        if (_index is not null)
        {
            _index[last] = place;
            _index.Remove(delivery);
        }
    }
}
