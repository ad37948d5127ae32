using MessageQueue.Delivery;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Presence;

/// <summary>
/// Who is in which room, for those who watch: a session is there while it is in the room and has a connection here, and a short time after.
/// Follows only rooms that somebody watches. Nothing of it is stored. For the apply loop only.
/// </summary>
internal sealed class WatchedRooms : SessionDeliveries.IObserver, IDisposable
{
    private readonly ServerState _state;
    private readonly SessionDeliveries _deliveries;
    private readonly PresenceLimits _limits;
    private readonly PresenceTimer _timer;
    private readonly Absences _absences;
    private readonly WatchIndex _index;
    private readonly Versions _versions = new();
    private readonly ShownValues _shown = new();
    private readonly Teller _teller;
    private readonly HashSet<SessionState> _changedSessions = [];
    private readonly List<WatchedRoom> _changedRooms = [];

    /// <param name="state">The state.</param>
    /// <param name="deliveries">The connected sessions. From now on they report every change here.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="due">Called on any thread when <see cref="Run"/> is due.</param>
    public WatchedRooms(
        ServerState state, SessionDeliveries deliveries, PresenceLimits limits, TimeProvider timeProvider, Action due)
    {
        _state = state;
        _deliveries = deliveries;
        _limits = limits;
        _timer = new PresenceTimer(limits.PresenceInterval, timeProvider, due);
        _absences = new Absences(limits.PresenceGrace);
        _index = new WatchIndex(limits.MaxPresenceMembers);
        _teller = new Teller(_versions, _shown);
        deliveries.Observer = this;
    }

    /// <summary>Whether a watcher waits for its turn.</summary>
    public bool HasWork => _teller.HasWork;

    /// <summary>Gives the next watcher its turn.</summary>
    public void RunOne() => _teller.RunOne();

    /// <summary>
    /// Begins to watch a room, or tells its state again. Returns false if the connection watches as many rooms as it may.
    /// </summary>
    public bool TryWatch(ConnectionWindow window, string ns, string room)
    {
        if (_index.Find(window) is { } known && _index.Find(known, ns, room) is null
            && known.Watches.Count >= _limits.MaxWatchesPerConnection || _limits.MaxWatchesPerConnection == 0)
        {
            return false;
        }

        Watch(_index.Open(window), ns, room);
        return true;
    }

    /// <summary>Whether somebody watches a room.</summary>
    public bool IsWatched(string ns, string room) => _index.Find(ns, room) is not null;

    /// <summary>Begins to watch a room, or tells its state again.</summary>
    public void Watch(Watcher watcher, string ns, string room)
    {
        if (_index.Find(watcher, ns, room) is not { } watch)
        {
            watch = new Watch(watcher, _index.Open(ns, room, out bool isNew));
            watch.Room.Add(watch);
            watcher.Watches.Add(watch.Room, watch);
            if (isNew)
            {
                watch.Room.Fill(ConnectedIn(ns, room), _versions);
            }
        }

        watch.NeedsState = true;
        _teller.Enqueue(watch);
    }

    /// <summary>Ends the watch of a room, if there is one.</summary>
    public void Unwatch(ConnectionWindow window, string ns, string room)
    {
        if (_index.Find(window) is { } watcher)
        {
            Unwatch(watcher, ns, room);
        }
    }

    /// <inheritdoc cref="Unwatch(ConnectionWindow, string, string)" />
    public void Unwatch(Watcher watcher, string ns, string room)
    {
        if (_index.Find(watcher, ns, room) is { } watch)
        {
            _index.Remove(watch);
        }
    }

    /// <summary>Ends all watches of a connection.</summary>
    public void Remove(ConnectionWindow window)
    {
        foreach (Watch watch in _index.Find(window)?.Watches.Values.ToArray() ?? [])
        {
            _index.Remove(watch);
        }
    }

    /// <summary>Handles a connection whose output has room again.</summary>
    public void Drained(ConnectionWindow window)
    {
        if (_index.Find(window) is { } watcher)
        {
            Drained(watcher);
        }
    }

    /// <summary>Handles a watcher that has room again.</summary>
    public void Drained(Watcher watcher)
    {
        watcher.IsBlocked = false;
        foreach (Watch watch in watcher.Watches.Values)
        {
            _teller.Enqueue(watch);
        }
    }

    /// <summary>Sets what a session shows of itself, until it is not there any more. The session must be connected.</summary>
    /// <param name="session">The session.</param>
    /// <param name="data">JSON text; empty for nothing.</param>
    public void Show(SessionState session, ReadOnlyMemory<byte> data)
    {
        if (_shown.Set(session.Id, data) && _index.RoomsFor(session) is not null && _changedSessions.Add(session))
        {
            _timer.Arm();
        }
    }

    /// <summary>Returns what a session shows of itself, JSON text; empty for nothing.</summary>
    public ReadOnlyMemory<byte> ShownBy(SessionState session) => _shown.Of(session.Id);

    /// <summary>Returns the sessions that are connected here and in a room, in no order.</summary>
    /// <param name="ns">The namespace.</param>
    /// <param name="room">The room; <c>*</c> for all sessions of the namespace.</param>
    public ReadOnlySpan<SessionDelivery> ConnectedIn(string ns, string room)
    {
        NamespaceState? found = _state.Namespaces.GetValueOrDefault(ns);
        return (room == Names.Everyone ? found?.Everyone : found?.Rooms.GetValueOrDefault(room)) is { } existing
            ? _deliveries.In(existing)
            : [];
    }

    /// <summary>Tells what has changed.</summary>
    public void Run()
    {
        while (_absences.TryTake(_timer.Now, out long sessionId))
        {
            if (_state.Sessions.TryGetValue(sessionId, out SessionState? session))
            {
                Gone(session);
            }
        }

        foreach (SessionState session in _changedSessions)
        {
            foreach (WatchedRoom room in _index.RoomsOf(session))
            {
                List(room, room.TryUpdate(session, _versions));
            }
        }

        foreach (WatchedRoom room in _changedRooms)
        {
            room.IsListed = false;
            Tell(room);
        }

        _changedSessions.Clear();
        _changedRooms.Clear();
        _timer.Reset();
        if (_absences.NextEnd is { } next)
        {
            _timer.Arm(next);
        }
    }

    /// <summary>Handles a session that has ended.</summary>
    public void Ended(SessionState session)
    {
        _absences.End(session.Id);
        Gone(session);
    }

    /// <inheritdoc />
    public void Connected(SessionState session)
    {
        _absences.End(session.Id);
        foreach (WatchedRoom room in _index.RoomsOf(session))
        {
            List(room, room.TryEnter(session, _versions));
        }
    }

    /// <inheritdoc />
    public void Disconnected(SessionState session)
    {
        if (_shown.Of(session.Id).IsEmpty && !_index.RoomsOf(session).Any())
        {
            return;
        }

        _absences.Begin(session.Id, _timer.Now);
        _timer.Arm(_absences.NextEnd!.Value);
        foreach (WatchedRoom room in _index.RoomsOf(session).Where(static room => room.Members is null))
        {
            List(room, room.TryLeave(session, _versions));
        }
    }

    /// <inheritdoc />
    public void Entered(SessionState session, Room room)
    {
        if (_index.RoomsFor(session)?.GetValueOrDefault(room.Name) is { } watched)
        {
            List(watched, watched.TryEnter(session, _versions));
        }
    }

    /// <inheritdoc />
    public void Left(SessionState session, Room room)
    {
        if (_index.RoomsFor(session)?.GetValueOrDefault(room.Name) is not { } watched)
        {
            return;
        }

        List(watched, watched.TryLeave(session, _versions));
        foreach (ConnectionWindow window in _deliveries.Find(session)?.Windows ?? [])
        {
            if (_index.Find(window)?.Watches.GetValueOrDefault(watched) is { } watch)
            {
                Teller.TellEnd(watch);
                _index.Remove(watch);
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _timer.Dispose();

    private void Gone(SessionState session)
    {
        _shown.Remove(session.Id);
        foreach (WatchedRoom room in _index.RoomsOf(session))
        {
            List(room, room.TryLeave(session, _versions));
        }
    }

    // Lists a room that has changed.
    private void List(WatchedRoom room, bool isChanged)
    {
        if (isChanged && !room.IsListed)
        {
            room.IsListed = true;
            _changedRooms.Add(room);
            _timer.Arm();
        }
    }

    private void Tell(WatchedRoom room)
    {
        if (room.Members is { } members)
        {
            _teller.TellDifference(room, members);
            return;
        }

        ReadOnlySpan<SessionDelivery> connected = ConnectedIn(room.Namespace, room.Name);
        if (connected.Length > _limits.MaxPresenceMembers / 2)
        {
            _teller.TellCount(room, connected.Length);
            return;
        }

        room.Fill(connected, _versions);
        foreach (Watch watch in room.Watches)
        {
            watch.NeedsState = true;
            _teller.Enqueue(watch);
        }
    }
}
