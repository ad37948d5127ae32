using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Presence;

/// <summary>The rooms that are watched, and who watches them. For the apply loop only.</summary>
/// <param name="maxMembers">As for <see cref="WatchedRoom"/>.</param>
internal sealed class WatchIndex(int maxMembers)
{
    // By name and not by Room: a room may be watched before it exists, and longer.
    private readonly Dictionary<string, Dictionary<string, WatchedRoom>> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<ConnectionWindow, ConnectionWatcher> _connections = [];

    /// <summary>Returns the watched rooms of a session's namespace, by name; null if there are none.</summary>
    public IReadOnlyDictionary<string, WatchedRoom>? RoomsFor(SessionState session) =>
        _namespaces.Count == 0 || session.IsServersOwn ? null : _namespaces.GetValueOrDefault(session.Namespace.Name);

    /// <summary>Returns the watched rooms that a session is in.</summary>
    public IEnumerable<WatchedRoom> RoomsOf(SessionState session) =>
        RoomsFor(session) is not { } watched
            ? []
            : session.Memberships.Select(membership => watched.GetValueOrDefault(membership.Room.Name)).OfType<WatchedRoom>();

    /// <summary>Returns a watched room; null if nobody watches it.</summary>
    public WatchedRoom? Find(string ns, string room) => _namespaces.GetValueOrDefault(ns)?.GetValueOrDefault(room);

    /// <summary>Returns the watch of a room; null if there is none.</summary>
    public Watch? Find(Watcher watcher, string ns, string room) =>
        Find(ns, room) is { } watched ? watcher.Watches.GetValueOrDefault(watched) : null;

    /// <summary>Returns the watcher of a connection; null if it watches nothing.</summary>
    public ConnectionWatcher? Find(ConnectionWindow window) => _connections.GetValueOrDefault(window);

    /// <summary>Returns the watcher of a connection; creates it if it is missing.</summary>
    public ConnectionWatcher Open(ConnectionWindow window)
    {
        if (!_connections.TryGetValue(window, out ConnectionWatcher? watcher))
        {
            _connections.Add(window, watcher = new ConnectionWatcher(window));
        }

        return watcher;
    }

    /// <summary>Returns the watched room; creates it if nobody watches it yet.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="name">The room.</param>
    /// <param name="isNew">Whether it was created.</param>
    public WatchedRoom Open(string ns, string name, out bool isNew)
    {
        if (!_namespaces.TryGetValue(ns, out Dictionary<string, WatchedRoom>? rooms))
        {
            _namespaces.Add(ns, rooms = new Dictionary<string, WatchedRoom>(StringComparer.Ordinal));
        }

        isNew = !rooms.TryGetValue(name, out WatchedRoom? room);
        if (isNew)
        {
            rooms.Add(name, room = new WatchedRoom(ns, name, maxMembers));
        }

        return room!;
    }

    /// <summary>Removes a watch, and with the last one the room.</summary>
    public void Remove(Watch watch)
    {
        WatchedRoom room = watch.Room;
        room.Remove(watch);
        watch.Watcher.Watches.Remove(room);
        if (room.Watches.Count == 0)
        {
            Dictionary<string, WatchedRoom> rooms = _namespaces[room.Namespace];
            rooms.Remove(room.Name);
            if (rooms.Count == 0)
            {
                _namespaces.Remove(room.Namespace);
            }
        }

        if (watch.Watcher is ConnectionWatcher { Watches.Count: 0 } watcher)
        {
            _connections.Remove(watcher.Window);
        }
    }
}
