using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

/// <summary>What it costs to count the pending events of a session. The model tests check that the numbers are right.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PendingCounterTests
{
    private readonly FoldLog _log = new();
    private readonly PendingCounter _counter = new();

    [Test]
    public void Events_of_a_single_room_are_counted_without_looking_at_them()
    {
        SessionState alice = _log.Attach("alice", "a", "b").Session!;
        Emit(2000, ["a"]);
        Emit(2000, ["b"]);

        Count(alice).Should().Be(4000);

        _counter.Steps.Should().Be(3, "she is in two rooms and in everyone's");
    }

    [Test]
    public void Events_of_several_rooms_are_counted_once_and_looked_at_only_for_the_first_count()
    {
        SessionState alice = _log.Attach("alice", "a", "b").Session!;
        Emit(2000, ["a", "b"]);
        Count(alice).Should().Be(2000);
        long first = _counter.Steps;
        first.Should().BeGreaterThan(2000);

        for (int i = 0; i < 100; i++)
        {
            Emit(1, ["a", "b"]);
            Count(alice).Should().Be(2001 + i);
        }

        (_counter.Steps - first).Should().BeLessThan(1000);
    }

    [Test]
    public void Acknowledged_events_are_not_counted()
    {
        SessionState alice = _log.Attach("alice", "a", "b").Session!;
        Emit(2000, ["a", "b"]);
        Count(alice).Should().Be(2000);
        long first = _counter.Steps;
        long cursor = _log.State.Head - 1900;

        _log.Acknowledge(new Progress(alice.Id, cursor, []));

        Count(alice).Should().Be(1900);
        (_counter.Steps - first).Should().BeLessThan(300, "only the 100 that were settled are read again");
    }

    [Test]
    public void Events_that_expire_leave_the_remembered_count()
    {
        SessionState alice = _log.Attach("alice", "a").Session!;
        Emit(2000, ["a"], timeToLive: 10);
        Emit(500, ["a"]);
        Count(alice).Should().Be(2500);

        _log.Time += 10;

        Count(alice).Should().Be(500);
    }

    [Test]
    public void Events_that_are_dropped_leave_the_remembered_count()
    {
        SessionState alice = _log.Attach("alice", "a", "b").Session!;
        Emit(2000, ["a", "b"]);
        long last = _log.State.Head;
        Count(alice).Should().Be(2000);

        _log.Drop(1, last - 10);

        Count(alice).Should().Be(10);
    }

    [Test]
    public void Acknowledged_events_of_a_left_room_leave_the_remembered_count()
    {
        SessionState alice = _log.Attach("alice", "a", "b").Session!;
        Emit(1000, ["a", "b"]);
        Count(alice).Should().Be(1000);
        _log.Leave(alice, "a");
        _log.Leave(alice, "b");
        Count(alice).Should().Be(1000);

        _log.Acknowledge(new Progress(alice.Id, _log.State.Head, []));

        Count(alice).Should().Be(0);
    }

    [Test]
    public void A_snapshot_forgets_nothing_of_what_must_be_looked_at()
    {
        _log.Attach("alice", "a", "b");
        Emit(10, ["a", "b"]);
        Emit(10, ["a"], timeToLive: 10);
        Emit(10, ["b", "@alice", "*"]);
        Emit(10, ["a"]);

        SessionState restored = FoldLog.Reread(_log.State).Namespaces["/"].Sessions["alice"];

        Count(restored).Should().Be(40);
        restored.Namespace.Rooms["a"].Special.Should().HaveCount(20);
    }

    private long Count(SessionState session) => _counter.Count(session, session.Cursor, _log.State.Head, _log.Time, long.MaxValue);

    private void Emit(int count, string[] to, long timeToLive = 0)
    {
        for (int i = 0; i < count; i++)
        {
            _log.Emit(null, to, timeToLive: timeToLive);
        }
    }
}
