using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

/// <summary>A session that enters rooms, emits into them and leaves them, and what the others pay for it.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class WandererTests
{
    private readonly FoldLog _log = new();

    [Test]
    public void Only_some_of_many_left_rooms_are_looked_at_for_the_next_events()
    {
        SessionState alice = Wander(rounds: 5000, room: i => $"room-{i}");
        PendingEvents owed = new();

        owed.Next(alice, alice.Cursor, _log.Time, new long[10]).Should().Be(10);

        alice.Left.Count.Should().Be(5000, "each still owes the event that was emitted into it");
        owed.Loaded.Should().BeLessThanOrEqualTo(256);
    }

    [Test]
    public void Pending_events_of_left_rooms_come_in_order()
    {
        SessionState alice = Wander(rounds: 1000, room: i => $"room-{i % 10}");

        List<long> owed = _log.Owed(alice);

        owed.Should().HaveCount(1000).And.BeInAscendingOrder();
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
        _log.Owed(alice).Should().Equal(old);
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
        _log.Owed(alice).Should().BeEmpty();
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
}
