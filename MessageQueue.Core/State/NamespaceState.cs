using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>One namespace: its sessions and rooms. Namespaces share nothing.</summary>
internal sealed class NamespaceState(string name)
{
    private readonly Dictionary<string, Room> _rooms = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SessionState> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SessionState> _aliases = new(StringComparer.Ordinal);

    /// <summary>The name, <c>/</c> or <c>/chat</c>.</summary>
    public string Name { get; } = name;

    /// <summary>Gets notified which session is in which room; null for none.</summary>
    public IMembershipObserver? Observer { get; set; }

    /// <summary>The room that every session is in, except the server's own.</summary>
    public Room Everyone { get; } = new(Names.Everyone);

    /// <summary>Rooms by name, without <see cref="Everyone"/> and inboxes.</summary>
    public IReadOnlyDictionary<string, Room> Rooms => _rooms;

    /// <summary>Sessions by name.</summary>
    public IReadOnlyDictionary<string, SessionState> Sessions => _sessions;

    /// <summary>The limits of the events that have any, by sequence.</summary>
    public Dictionary<long, EventLimits> Limits { get; } = [];

    /// <summary>Whether it has no sessions, rooms or events.</summary>
    public bool IsEmpty => _sessions.Count == 0 && _rooms.Count == 0 && Everyone.Sequences.Count == 0;

    /// <summary>Returns the session of this name, or null.</summary>
    public SessionState? FindSession(string session) => _sessions.GetValueOrDefault(session);

    /// <summary>Returns the session that others reach by this name: its own name, or the alias of an anonymous session.</summary>
    public SessionState? FindAddress(ReadOnlySpan<byte> address)
    {
        Span<char> buffer = stackalloc char[Utf8Name.MaxChars];
        ReadOnlySpan<char> chars = Utf8Name.Decode(address, buffer);
        return _sessions.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars, out SessionState? session)
            || _aliases.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(chars, out session)
            ? session
            : null;
    }

    /// <summary>Returns the room of this name, or null.</summary>
    public Room? FindRoom(ReadOnlySpan<byte> room)
    {
        Span<char> buffer = stackalloc char[Utf8Name.MaxChars];
        return _rooms.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(Utf8Name.Decode(room, buffer), out Room? found) ? found : null;
    }

    /// <summary>Returns the room that an entry of <c>to</c> stands for; null if there is no such room or session.</summary>
    public Room? FindTarget(ReadOnlySpan<byte> target) => target switch
    {
        [(byte)'*'] => Everyone,
        [(byte)'@', .. ReadOnlySpan<byte> address] => FindAddress(address)?.Inbox,
        _ => FindRoom(target),
    };

    /// <summary>Returns the room of this name; creates it if it is missing.</summary>
    public Room OpenRoom(ReadOnlySpan<byte> room) => FindRoom(room) ?? OpenRoom(Encoding.UTF8.GetString(room));

    /// <summary>Returns the room of this name; creates it if it is missing.</summary>
    public Room OpenRoom(string room)
    {
        if (!_rooms.TryGetValue(room, out Room? found))
        {
            found = new Room(room);
            _rooms.Add(room, found);
        }

        return found;
    }

    /// <summary>Removes a room without members and events.</summary>
    public void CloseIfEmpty(Room room)
    {
        if (room.MemberCount == 0 && room.Sequences.Count == 0 && _rooms.GetValueOrDefault(room.Name) == room)
        {
            _rooms.Remove(room.Name);
        }
    }

    /// <summary>Removes the events with these sequences, and rooms that are empty then.</summary>
    public void Forget(IReadOnlyList<SequenceRange> ranges)
    {
        foreach (SequenceRange range in ranges)
        {
            Everyone.Remove(range);
            foreach (Room room in _rooms.Values)
            {
                room.Remove(range);
            }

            foreach (SessionState session in _sessions.Values)
            {
                session.Inbox?.Remove(range);
            }
        }

        RangeSet forgotten = new(ranges);
        foreach (long sequence in Limits.Keys)
        {
            if (forgotten.Contains(sequence))
            {
                Limits.Remove(sequence);
            }
        }

        foreach (SessionState session in _sessions.Values)
        {
            session.ForgetLeft();
        }

        foreach (Room room in _rooms.Values)
        {
            CloseIfEmpty(room);
        }
    }

    /// <summary>Adds a new session. It is in the room of everyone from the start, unless it is the server's own.</summary>
    /// <param name="id">The session's id.</param>
    /// <param name="session">The session's name.</param>
    /// <param name="start">The session gets what was emitted after this sequence.</param>
    public SessionState AddSession(long id, string session, long start)
    {
        SessionState added = RestoreSession(id, session);
        added.Cursor = start;
        // An event for everyone is not for the server's own sessions.
        if (!added.IsServersOwn)
        {
            added.Enter(Everyone, start, byChoice: false);
        }

        return added;
    }

    /// <summary>Adds a session that is in no room yet.</summary>
    public SessionState RestoreSession(long id, string session)
    {
        SessionState added = new(id, session, this);
        _sessions.Add(session, added);
        if (added.Address != session)
        {
            _aliases.TryAdd(added.Address, added);
        }

        return added;
    }

    /// <summary>Removes a session for good, and from all its rooms.</summary>
    public void RemoveSession(SessionState session)
    {
        session.IsEnded = true;
        session.Detach();
        _sessions.Remove(session.Name);
        _aliases.Remove(session.Address);
        foreach (Membership membership in session.Memberships)
        {
            membership.Room.RemoveMember(membership);
            CloseIfEmpty(membership.Room);
        }
    }
}
