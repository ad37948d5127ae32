using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Tests.State;

/// <summary>A session that joins rooms, emits to them and leaves them, and what that costs the others.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WandererTests
{
    private readonly FoldLog _log = new();

    [Test]
    public void Only_some_of_many_left_rooms_are_looked_at_for_the_next_events()
    {
        SessionState alice = Wander(rounds: 5000, room: i => $"room-{i}");
        PendingEvents pending = new();

        pending.Next(alice, alice.Cursor, _log.Time, new long[10]).Should().Be(10);

        alice.Left.Count.Should().Be(5000, "the event that was emitted to each of them is still pending");
        pending.Loaded.Should().BeLessThanOrEqualTo(256);
    }

    [Test]
    public void Pending_events_of_left_rooms_come_in_order()
    {
        SessionState alice = Wander(rounds: 1000, room: i => $"room-{i % 10}");

        List<long> pending = _log.Pending(alice);

        pending.Should().HaveCount(1000).And.BeInAscendingOrder();
        new PendingCounter().Count(alice, alice.Cursor, _log.State.Head, _log.Time, long.MaxValue).Should().Be(1000);
    }

    [Test]
    public void Left_rooms_without_pending_events_are_forgotten_even_if_an_older_event_is_pending()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long old = _log.Emit(null, ["lobby"]).EventId;
        for (int i = 0; i < 1000; i++)
        {
            WanderOnce(alice, $"room-{i}", echo: true);
            _log.Acknowledge(new Progress(alice.Id, _log.State.Head, [old]));
        }

        alice.Left.Count.Should().BeLessThan(200);
        _log.Pending(alice).Should().Equal(old);
    }

    [Test]
    public void Leaving_one_room_more_that_owes_something_than_the_record_allows_is_refused_until_some_are_dealt_with()
    {
        SessionState alice = _log.Attach("alice", "lobby", "a", "b", "c", "quiet").Session!;
        long first = _log.Emit(null, ["a"]).EventId;
        long second = _log.Emit(null, ["b"]).EventId;
        long third = _log.Emit(null, ["c"]).EventId;
        _log.Leave(alice, "a", maxLeft: 2).Kind.Should().Be(OutcomeKind.Applied);
        _log.Leave(alice, "b", maxLeft: 2).Kind.Should().Be(OutcomeKind.Applied);
        _log.Snapshot();

        _log.Leave(alice, "c", maxLeft: 2).Kind.Should().Be(OutcomeKind.TooManyLeftRooms);
        _log.Leave(alice, "quiet", maxLeft: 2).Kind.Should().Be(OutcomeKind.Applied, "nothing in it is pending");
        alice.Find(alice.Namespace.Rooms["c"]).Should().NotBeNull("it is still in the room");
        _log.Pending(alice).Should().Equal(first, second, third);

        _log.Acknowledge(new Progress(alice.Id, second, [first]));
        _log.Leave(alice, "c", maxLeft: 2).Kind.Should().Be(OutcomeKind.Applied);
        ServerState again = Replay();
        StateDump.Of(again).Should().Be(StateDump.Of(_log.State));
        FoldLog.Bytes(again).Should().Equal(FoldLog.Bytes(_log.State)).And.Equal(FoldLog.Bytes(_log.Restored));
    }

    [Test]
    public void A_record_of_version_1_that_leaves_a_room_has_no_limit()
    {
        SessionState alice = _log.Attach("alice", "a", "b").Session!;
        _log.Emit(null, ["a", "b"]);
        LogRecord Leave(string room) => new(
            _log.State.Head + 1, _log.Time, (byte)RecordType.RoomLeft, 1, new RoomRecord(alice.Id, 1, room).Encode());

        _log.State.Apply(Leave("a"));
        _log.State.Apply(Leave("b")).Kind.Should().Be(OutcomeKind.Applied);

        alice.Left.Count.Should().Be(2);
    }

    [Test]
    public void A_left_room_is_not_remembered_for_events_that_leave_the_session_out()
    {
        SessionState alice = _log.Attach("alice").Session!;
        for (int i = 0; i < 100; i++)
        {
            WanderOnce(alice, $"room-{i}", echo: false);
        }

        alice.Left.Count.Should().Be(0);
        _log.Pending(alice).Should().BeEmpty();
    }

    [Test]
    public void Left_rooms_that_retention_emptied_are_forgotten()
    {
        SessionState alice = Wander(rounds: 100, room: i => $"room-{i}");

        _log.Drop(1, _log.State.Head);

        alice.Left.Count.Should().Be(0);
        _log.State.Namespaces["/"].Rooms.Should().BeEmpty();
    }

    [Test]
    public void A_session_in_very_many_rooms_finds_each_of_them()
    {
        SessionState alice = _log.Attach("alice", [.. Enumerable.Range(0, 90).Select(i => $"room-{i}")]).Session!;
        for (int i = 0; i < 90; i += 2)
        {
            _log.Leave(alice, $"room-{i}");
        }

        _log.Join(alice, "room-0");

        alice.RoomCount.Should().Be(46);
        alice.Find(alice.Namespace.Rooms["room-0"]).Should().NotBeNull();
        alice.Find(alice.Namespace.Rooms["room-1"]).Should().NotBeNull();
        alice.Namespace.Rooms.Should().NotContainKey("room-2");
    }

    private SessionState Wander(int rounds, Func<int, string> room)
    {
        SessionState alice = _log.Attach("alice").Session!;
        for (int i = 0; i < rounds; i++)
        {
            WanderOnce(alice, room(i), echo: true);
        }

        return alice;
    }

    private void WanderOnce(SessionState session, string room, bool echo)
    {
        _log.Join(session, room);
        _log.Emit(session, [room], echo: echo);
        _log.Leave(session, room);
    }

    private ServerState Replay()
    {
        ServerState state = new();
        foreach (LogRecord record in _log.Records)
        {
            state.Apply(record);
        }

        return state;
    }
}
