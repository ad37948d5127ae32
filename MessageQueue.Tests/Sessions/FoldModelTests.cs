using FsCheck;
using FsCheck.Fluent;
using MessageQueue.Sessions;
using MessageQueue.Sessions.Records;
using Outcome = MessageQueue.Sessions.Outcome;

namespace MessageQueue.Tests.Sessions;

/// <summary>The state against a naive model that copies every event to every receiver.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FoldModelTests
{
    private static readonly string[] Names = ["alice", "bob", "carol"];
    private static readonly string[] Rooms = ["red", "green", "blue"];

    [Test]
    public void What_sessions_are_owed_is_what_a_copy_per_receiver_would_say_live_and_after_a_restart()
    {
        Arbitrary<int[]> steps = Gen.Choose(0, 999_999).ArrayOf().ToArbitrary();

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(200), Prop.ForAll(steps, run =>
        {
            FoldLog log = new();
            Dictionary<string, Copy> model = [];
            foreach (int step in run)
            {
                Step(log, model, step);
            }

            ServerState again = new();
            foreach (MessageQueue.Storage.LogRecord record in log.Records)
            {
                again.Apply(record);
            }

            Compare(log.State, model);
            Compare(again, model);
        }));
    }

    private static void Step(FoldLog log, Dictionary<string, Copy> model, int step)
    {
        string name = Names[step / 10 % 3];
        string room = Rooms[step / 100 % 3];
        string other = Rooms[step / 1000 % 3];
        SessionState? session = log.State.Namespaces.GetValueOrDefault("/")?.FindSession(name);
        Copy? copy = model.GetValueOrDefault(name);
        switch (step % 10)
        {
            case 0 or 1 when session is null || step % 10 == 0:
                log.Attach(name, room);
                model.TryAdd(name, new Copy());
                model[name].Rooms.Add(room);
                break;
            case 2 when session is not null:
                log.Join(session, room);
                copy!.Rooms.Add(room);
                break;
            case 3 when session is not null:
                log.Leave(session, room);
                copy!.Rooms.Remove(room);
                break;
            case 4 when step / 10_000 == 7 && session is not null:
                log.End(session);
                model.Remove(name);
                break;
            case 4:
                log.Start();
                break;
            case 5 when session is not null:
                Emit(log, model, session, [room, "*"], echo: step / 10_000 % 2 == 0);
                break;
            case 6 when session is not null:
                Emit(log, model, session, [$"@{Names[step / 10_000 % 3]}", other], echo: true);
                break;
            case 7 when session is not null && copy!.Owed.Count > 0:
                Acknowledge(log, session, copy, step / 100);
                break;
            default:
                Emit(log, model, null, [room, other], echo: true);
                break;
        }
    }

    private static void Emit(FoldLog log, Dictionary<string, Copy> model, SessionState? sender, string[] to, bool echo)
    {
        Outcome outcome = log.Emit(sender, to, echo: echo);
        bool unknown = to.Any(target => target[0] == '@' && !model.ContainsKey(target[1..]));
        outcome.Kind.Should().Be(unknown ? OutcomeKind.UnknownSession : OutcomeKind.Applied);
        foreach ((string name, Copy copy) in model)
        {
            bool matches = to.Any(target => target == "*" || target == "@" + name || copy.Rooms.Contains(target));
            if (!unknown && matches && (echo || name != sender?.Name))
            {
                copy.Owed.Add(outcome.EventId);
            }
        }
    }

    // Everything up to some event is settled but for a hole: as a client that acknowledges out of order would have it written.
    private static void Acknowledge(FoldLog log, SessionState session, Copy copy, int choice)
    {
        List<long> owed = [.. copy.Owed];
        long cursor = owed[choice % owed.Count];
        long hole = owed[choice / 7 % owed.Count];
        log.Acknowledge(new Progress(session.Id, cursor, hole < cursor ? [hole] : []));
        copy.Owed.RemoveWhere(sequence => sequence <= cursor && sequence != hole);
        if (hole == cursor)
        {
            copy.Owed.Remove(cursor);
        }
    }

    private static void Compare(ServerState state, Dictionary<string, Copy> model)
    {
        state.Sessions.Values.Select(session => session.Name).Should().BeEquivalentTo(model.Keys);
        foreach (SessionState session in state.Sessions.Values)
        {
            Copy copy = model[session.Name];
            FoldLog.Owed(state, session).Should().Equal(copy.Owed);
            session.Memberships.Where(membership => membership.IsOpen).Select(membership => membership.Room.Name)
                .Where(room => Rooms.Contains(room)).Should().BeEquivalentTo(copy.Rooms);
            int beyond = new OwedEvents().Count(session, session.Cursor, state.Time, 1000);
            (session.Unacked.Count + beyond).Should().Be(copy.Owed.Count);
        }
    }

    private sealed class Copy
    {
        public HashSet<string> Rooms { get; } = [];

        public SortedSet<long> Owed { get; } = [];
    }
}
