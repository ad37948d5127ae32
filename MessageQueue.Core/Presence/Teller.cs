using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Presence;

/// <summary>
/// Tells watchers who is there. A difference is made once and goes to all who watch the room. A state is made for one watcher, in parts,
/// and watchers take turns. For the apply loop only.
/// </summary>
internal sealed class Teller(Versions versions, ShownValues shown)
{
    /// <summary>How many members one message names at most, so that a turn is short.</summary>
    public const int MaxMembers = 128;

    private readonly Queue<Watch> _turns = new();
    private readonly List<PresentMember> _members = new(MaxMembers);

    /// <summary>Whether a watcher waits for its turn.</summary>
    public bool HasWork => _turns.Count > 0;

    /// <summary>Queues a watch for a turn if a state is due and can be sent.</summary>
    public void Enqueue(Watch watch)
    {
        if ((watch.NeedsState || watch.IsInState) && !watch.IsQueued && !watch.Watcher.IsBlocked)
        {
            watch.IsQueued = true;
            _turns.Enqueue(watch);
        }
    }

    /// <summary>Gives the next watch in the queue its turn.</summary>
    public void RunOne()
    {
        Watch watch = _turns.Dequeue();
        watch.IsQueued = false;
        if (watch.Index < 0 || watch.Watcher.IsBlocked)
        {
            return;
        }

        if (watch.Room.Members is { } members)
        {
            TellPart(watch, members);
            Enqueue(watch);
        }
        else if (watch.Room.ToldCount >= 0)
        {
            TellCount(watch, CountOf(watch.Room));
        }
    }

    /// <summary>Tells all watchers what has changed in a room whose members are named.</summary>
    public void TellDifference(WatchedRoom room, MemberList members)
    {
        List<PresenceMessage> messages = Difference(room, members);
        foreach (Watch watch in room.Watches)
        {
            if (!watch.NeedsState && watch.StateVersion < room.ChangedAt && !messages.TrueForAll(message => TryTell(watch, message)))
            {
                watch.NeedsState = true;
                Enqueue(watch);
            }
        }
    }

    /// <summary>Tells all watchers how many are there, in a room whose members are only counted.</summary>
    public void TellCount(WatchedRoom room, int count)
    {
        if (count == room.ToldCount)
        {
            return;
        }

        room.ToldCount = count;
        versions.Next();
        PresenceMessage message = CountOf(room);
        foreach (Watch watch in room.Watches)
        {
            TellCount(watch, message);
        }
    }

    /// <summary>Tells a watcher that its watch ends. This is always taken.</summary>
    public static void TellEnd(Watch watch) => watch.Watcher.TryTell(new PresenceMessage { Room = watch.Room.Name, IsEnd = true });

    private static void TellCount(Watch watch, PresenceMessage message)
    {
        watch.Part = 0;
        watch.NeedsState = !TryTell(watch, message);
    }

    private void TellPart(Watch watch, MemberList members)
    {
        if (!watch.IsInState)
        {
            (watch.StateVersion, watch.Cursor) = (versions.Last, 0);
        }

        _members.Clear();
        bool hasMore = members.Take(watch.Cursor, watch.StateVersion, _members, MaxMembers);
        PresenceMessage message = new()
        {
            Room = watch.Room.Name,
            Version = watch.StateVersion,
            Count = members.Count,
            Members = [.. _members.Select(EntryOf)],
            Part = watch.Part + 1,
            HasMore = hasMore,
        };
        if (TryTell(watch, message))
        {
            // A difference that is missed while the state is sent makes another state due.
            watch.NeedsState &= watch.IsInState;
            watch.Part = hasMore ? watch.Part + 1 : 0;
            watch.Cursor = hasMore ? _members[^1].ChangedAt : 0;
        }
    }

    private static bool TryTell(Watch watch, PresenceMessage message)
    {
        bool isTold = !watch.Watcher.IsBlocked && watch.Watcher.TryTell(message);
        watch.Watcher.IsBlocked = !isTold;
        return isTold;
    }

    private PresenceMessage CountOf(WatchedRoom room) =>
        new() { Room = room.Name, Version = versions.Last, Count = room.ToldCount, IsCountOnly = true };

    private List<PresenceMessage> Difference(WatchedRoom room, MemberList members)
    {
        List<PresentMember> changed = [];
        members.Take(room.ToldUpTo, versions.Last, changed, int.MaxValue);
        PresenceEntry[] joined = [.. changed.Select(EntryOf)];
        PresenceEntry[] left = [.. room.Left.Values.Where(session => members.Find(session.Id) is null).Select(EntryOf)];
        List<PresenceMessage> messages = [];

        // Those who left come first: a session may have ended, and another one of the same name may have come.
        for (int next = 0; next < left.Length + joined.Length; next += MaxMembers)
        {
            int firstJoined = Math.Max(0, next - left.Length);
            int endJoined = Math.Clamp(next + MaxMembers - left.Length, 0, joined.Length);
            messages.Add(new PresenceMessage
            {
                Room = room.Name,
                Version = versions.Next(),
                Count = members.Count,
                Joined = firstJoined < endJoined ? joined[firstJoined..endJoined] : [],
                Left = next < left.Length ? left[next..Math.Min(left.Length, next + MaxMembers)] : [],
            });
        }

        room.Left.Clear();
        room.ToldUpTo = versions.Last;
        return messages;
    }

    private PresenceEntry EntryOf(PresentMember member) =>
        new(member.Session.Id, member.Session.AddressUtf8, shown.Of(member.Session.Id));

    private static PresenceEntry EntryOf(SessionState session) => new(session.Id, session.AddressUtf8, default);
}
