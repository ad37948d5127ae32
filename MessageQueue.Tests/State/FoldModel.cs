using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using Outcome = MessageQueue.State.Outcome;

namespace MessageQueue.Tests.State;

/// <summary>
/// A model that copies every event to every receiver. Numbers that stand for commands drive it together with the real state.
/// </summary>
internal sealed class FoldModel
{
    private static readonly string[] Names = ["alice", "bob", "carol"];
    private static readonly string[] Rooms = ["red", "green", "blue"];

    private readonly Dictionary<string, Copy> _copies = [];

    // The references of events without a sender.
    private readonly Dictionary<string, long> _published = [];

    // The events that the rooms still hold.
    private readonly List<Stored> _stored = [];

    public FoldLog Log { get; } = new();

    public static FoldModel Run(IEnumerable<int> steps)
    {
        FoldModel model = new();
        foreach (int step in steps)
        {
            model.Step(step);
        }

        return model;
    }

    public void Compare(ServerState state)
    {
        state.Sessions.Values.Select(session => session.Name).Should().BeEquivalentTo(_copies.Keys);
        state.Roster.Should().HaveSameCount(state.Sessions);
        state.Roster.All(session => state.Roster[session.RosterIndex] == session).Should().BeTrue();
        foreach (NamespaceState ns in state.Namespaces.Values)
        {
            CompareMembers(ns);
        }

        foreach (SessionState session in state.Sessions.Values)
        {
            Copy copy = _copies[session.Name];
            List<long> pending = FoldLog.Pending(state, session);
            pending.RemoveAll(sequence => !PendingEvents.IsAdmitted(session, sequence, state.Time));
            pending.Should().Equal(copy.PendingAt(state.Time));
            CompareCounts(state, session);
            session.Memberships.Select(membership => membership.Room.Name)
                .Where(room => Rooms.Contains(room)).Should().BeEquivalentTo(copy.Rooms);
            if (copy.LostIsKnown)
            {
                session.Gaps.Sum(gap => gap.Count).Should().Be(copy.Lost);
            }
        }
    }

    // Compares the members that each room lists with the sessions that are in it.
    private static void CompareMembers(NamespaceState ns)
    {
        foreach (Room room in ns.Rooms.Values.Append(ns.Everyone))
        {
            SessionState[] members = [.. ns.Sessions.Values.Where(session => session.Find(room) is not null)];
            room.Members.ToArray().Select(member => member.Session.Name).Should().BeEquivalentTo(members.Select(session => session.Name));
        }
    }

    // Runs only now and then, so that events are added to a remembered count, and subtracted from it, between two calls.
    private static void CompareCounts(ServerState state, SessionState session)
    {
        int unsent = FoldLog.Unsent(state, session).Count;
        PendingCounter inParts = new(specialsAtATime: 2, staysAtATime: 1, rememberedFrom: 0);
        inParts.Count(session, session.Cursor, state.Head, state.Time, 3).Should().BeInRange(Math.Min(3, unsent), unsent);
        inParts.Count(session, session.Cursor, state.Head, state.Time, long.MaxValue).Should().Be(unsent);
        PendingEvents.AtMost(session, session.Cursor).Should().BeGreaterThanOrEqualTo(unsent);
    }

    private void CompareCounts()
    {
        foreach (SessionState session in Log.State.Sessions.Values)
        {
            CompareCounts(Log.State, session);
        }
    }

    private void Step(int step)
    {
        if (step % 7 == 0)
        {
            CompareCounts();
        }

        string name = Names[step / 20 % 3];
        string room = Rooms[step / 100 % 3];
        string other = Rooms[step / 1000 % 3];
        int choice = step / 10_000;
        SessionState? session = Log.State.Namespaces.GetValueOrDefault("/")?.FindSession(name);
        Copy? copy = _copies.GetValueOrDefault(name);
        switch (step % 20)
        {
            case 0 or 1 when session is null || step % 20 == 0:
                Log.Attach(name, room);
                _copies.TryAdd(name, new Copy());
                _copies[name].Rooms.Add(room);
                break;
            case 2 or 3 when session is not null:
                Log.Join(session, room);
                copy!.Rooms.Add(room);
                break;
            case 4 or 5 when session is not null:
                Log.Leave(session, room);
                copy!.Rooms.Remove(room);
                break;
            case 6 when choice % 4 == 0 && session is not null:
                Log.End(session);
                _copies.Remove(name);
                break;
            case 7:
                Log.Start();
                break;
            case 8 when session is not null:
                Emit(session, [room, "*"], echo: choice % 2 == 0, reference: choice % 3 == 0 ? $"{choice % 5}" : "", timeToLive: 0);
                break;
            case 9 when session is not null:
                Emit(session, [$"@{Names[choice % 3]}", other], echo: true, reference: "", timeToLive: 0);
                break;
            case 10 or 11 when session is not null && copy!.Pending.Count > 0:
                Acknowledge(session, copy, choice);
                break;
            case 12 when session is not null:
                Log.Detach(session);
                break;
            case 13:
                Drop(choice);
                break;
            case 14 when session is not null:
                DropBacklog(session, copy!, choice);
                break;
            case 15 when session is not null && session.Gaps.Count > 0:
                Log.Acknowledge(new Progress(session.Id, session.Cursor, session.Holes.Items)
                {
                    AcknowledgedUpTo = long.MaxValue,
                    AsOf = Log.State.Head,
                });
                (copy!.Lost, copy.LostIsKnown) = (0, true);
                break;
            case 16:
                Log.Snapshot();
                break;
            case 17:
                Log.Time += choice % 7;
                break;
            case 18 when session is null:
                AttachFrom(name, room, choice % 2 == 0 ? choice / 2 % (Log.State.Head + 3) : null, last: 1 + (choice / 2 % 8));
                break;
            case 19 when session is not null && session.Holes.Count > 0:
                MoveToDeadLetters(session, copy!, room);
                break;
            default:
                Emit(
                    null, [room, other], echo: true, reference: choice % 5 == 0 ? $"{choice % 7}" : "",
                    timeToLive: choice % 4 == 0 ? 3 : 0);
                break;
        }
    }

    private void Emit(SessionState? sender, string[] to, bool echo, string reference, long timeToLive)
    {
        Outcome outcome = Log.Emit(sender, to, reference, echo, timeToLive);
        if (outcome.Kind == OutcomeKind.Duplicate)
        {
            (sender is null ? _published : _copies[sender.Name].References)
                .Should().ContainKey(reference).WhoseValue.Should().Be(outcome.EventId);
            return;
        }

        bool unknown = to.Any(target => target[0] == '@' && !_copies.ContainsKey(target[1..]));
        outcome.Kind.Should().Be(unknown ? OutcomeKind.UnknownSession : OutcomeKind.Applied);
        if (reference.Length > 0)
        {
            (sender is null ? _published : _copies[sender.Name].References).TryAdd(reference, outcome.EventId).Should().BeTrue();
        }

        if (!unknown)
        {
            Copy? leftOut = echo || sender is null ? null : _copies[sender.Name];
            Store(new Stored(outcome.EventId, to, timeToLive == 0 ? long.MaxValue : Log.Time + timeToLive), leftOut);
        }
    }

    private void Store(Stored stored, Copy? leftOut)
    {
        _stored.Add(stored);
        foreach ((string name, Copy copy) in _copies)
        {
            if (copy != leftOut && stored.To.Any(target => target == "*" || target == "@" + name || copy.Rooms.Contains(target)))
            {
                copy.Pending.Add(stored.Id, stored.Deadline);
            }
        }
    }

    // A reused name is another session: events to its inbox, or events that excluded it, were for the previous session.
    private void AttachFrom(string name, string room, long? sequence, int last)
    {
        long[] held = [.. _stored.Where(stored => stored.To.Contains("*") || stored.To.Contains(room)).Select(stored => stored.Id)];
        long from = sequence ?? (held.Length < last ? 0 : held[^last]);
        bool misses = Log.State.Dropped.Items.Any(range => range.Last >= from);
        Log.AttachFrom(name, sequence ?? AttachRecord.FromLast(last), room).Session!.Gaps.Should().HaveCount(misses ? 1 : 0);
        Copy copy = new() { LostIsKnown = !misses };
        copy.Rooms.Add(room);
        foreach (Stored stored in _stored.Where(stored => stored.Id >= from && (stored.To.Contains("*") || stored.To.Contains(room))))
        {
            copy.Pending.Add(stored.Id, stored.Deadline);
        }

        _copies.Add(name, copy);
    }

    private void MoveToDeadLetters(SessionState session, Copy copy, string room)
    {
        long sequence = session.Holes.First;
        long id = Log.MoveToDeadLetters(session, sequence, room).EventId;
        copy.Pending.Remove(sequence);
        Store(new Stored(id, [room], long.MaxValue), leftOut: null);
    }

    // Everything up to some event is settled except for one hole, as when a client acknowledges out of order.
    private void Acknowledge(SessionState session, Copy copy, int choice)
    {
        List<long> pending = [.. copy.Pending.Keys];
        long cursor = pending[choice % pending.Count];
        long hole = pending[choice / 7 % pending.Count];
        Log.Acknowledge(new Progress(session.Id, cursor, hole < cursor ? [hole] : []));
        copy.Remove(sequence => sequence <= cursor && sequence != hole);
        if (hole == cursor)
        {
            copy.Pending.Remove(cursor);
        }
    }

    private void Drop(int choice)
    {
        long first = 1 + (choice % (Log.State.Head + 1));
        long last = Math.Min(Log.State.Head, first + (choice / 10 % 20));
        if (first > last)
        {
            return;
        }

        long lost = 0;
        foreach (Copy copy in _copies.Values)
        {
            long count = copy.PendingAt(Log.Time).Count(sequence => sequence >= first && sequence <= last);
            copy.Lost += count;
            lost += count;
            copy.Remove(sequence => sequence >= first && sequence <= last);
        }

        _stored.RemoveAll(stored => stored.Id >= first && stored.Id <= last);
        Log.Drop(first, last).DroppedEvents!.Events.Should().Be(lost);
    }

    private void DropBacklog(SessionState session, Copy copy, int choice)
    {
        long upTo = choice % (Log.State.Head + 1);
        long lost = copy.PendingAt(Log.Time).Count(sequence => sequence <= upTo);
        copy.Lost += lost;
        copy.Remove(sequence => sequence <= upTo);
        Log.Drop([], new BacklogCut(session.Id, upTo)).DroppedEvents!.Events.Should().Be(lost);
    }

    private sealed record Stored(long Id, string[] To, long Deadline);

    private sealed class Copy
    {
        public HashSet<string> Rooms { get; } = [];

        /// <summary>The pending sequences, and when each of them expires.</summary>
        public SortedList<long, long> Pending { get; } = [];

        public Dictionary<string, long> References { get; } = [];

        public long Lost { get; set; }

        public bool LostIsKnown { get; set; } = true;

        public IEnumerable<long> PendingAt(long now) => Pending.Where(entry => now < entry.Value).Select(entry => entry.Key);

        public void Remove(Predicate<long> condition)
        {
            foreach (long sequence in Pending.Keys.Where(sequence => condition(sequence)).ToList())
            {
                Pending.Remove(sequence);
            }
        }
    }
}
