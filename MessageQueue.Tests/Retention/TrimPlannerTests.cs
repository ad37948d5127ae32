using MessageQueue.Retention;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Retention;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TrimPlannerTests
{
    private const int ExtentRecords = 10;
    private const int ExtentBytes = 1000;

    private readonly FoldLog _log = new();

    [Test]
    public void An_extent_without_pending_events_is_dropped_wherever_it_lies()
    {
        SessionState away = _log.Attach("away", "lobby").Session!;
        SessionState reader = _log.Attach("reader", "lobby", "busy").Session!;
        FillTo(15);
        long wanted = _log.Emit(null, ["lobby"]).EventId;
        FillTo(40);
        Settle(reader);

        Drops(new()).Should().Equal(1, 21, 31);
        _log.Acknowledge(new Progress(away.Id, wanted, []));
        Drops(new()).Should().Equal(1, 11, 21, 31);
    }

    [Test]
    public void An_unacknowledged_event_keeps_only_its_own_extent()
    {
        SessionState reader = _log.Attach("reader", "busy").Session!;
        FillTo(40);
        _log.Acknowledge(new Progress(reader.Id, 40, [25]));

        Drops(new()).Should().Equal(1, 11, 31);
    }

    [Test]
    public void Pending_events_of_a_room_that_a_session_left_keep_their_extents()
    {
        SessionState reader = _log.Attach("reader", "busy").Session!;
        FillTo(15);
        _log.Leave(reader, "busy");
        FillTo(40);

        Drops(new()).Should().Equal(21, 31);
    }

    [Test]
    public void Expired_events_and_those_that_leave_out_all_their_readers_keep_nothing()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        _log.Emit(null, ["lobby"], timeToLive: 5);
        _log.Emit(alice, ["lobby"], echo: false);
        FillTo(20);
        _log.Time += 5;
        FillTo(40);

        Drops(new()).Should().Equal(1, 11, 21, 31);
    }

    [Test]
    public void An_event_that_leaves_out_one_reader_is_kept_for_the_other()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        _log.Attach("bob", "lobby");
        _log.Emit(alice, ["lobby"], echo: false);
        FillTo(20);

        Drops(new()).Should().Equal(11);
    }

    [Test]
    public void Dropped_extents_are_not_dropped_again_and_extents_beyond_the_state_are_not_looked_at()
    {
        _log.Attach("alice");
        FillTo(35);
        _log.Drop(11, 20);

        Drops(new()).Should().Equal(1, 21);
    }

    [Test]
    public void A_minimum_of_history_is_kept_by_bytes_and_by_age()
    {
        _log.Attach("alice");
        FillTo(40);
        long now = _log.Time;

        Drops(new() { MinHistoryBytes = 1500 }).Should().Equal(1, 11);
        Drops(new() { MinHistoryAge = TimeSpan.FromMilliseconds(25) }, now).Should().BeEmpty();
        Drops(new() { MinHistoryAge = TimeSpan.FromMilliseconds(25) }, now + 26).Should().Equal(1, 11, 21, 31);
    }

    [Test]
    public void Beyond_the_maximum_size_the_oldest_extents_are_dropped_even_with_pending_events()
    {
        _log.Attach("away", "busy");
        FillTo(40);

        Drops(new()).Should().BeEmpty();
        Drops(new() { MaxLogBytes = 2500 }).Should().Equal(1, 11);
    }

    [Test]
    public void Beyond_the_maximum_age_extents_are_dropped_even_with_pending_events()
    {
        _log.Attach("away", "busy");
        FillTo(20);
        long old = _log.Time;
        _log.Time += 1000;
        FillTo(40);

        Drops(new() { MaxLogAge = TimeSpan.FromMilliseconds(500) }, old + 501).Should().Equal(1, 11);
    }

    [Test]
    public void Too_many_pending_events_are_cut_and_do_not_keep_extents()
    {
        SessionState away = _log.Attach("away", "busy", "lobby").Session!;
        _log.Acknowledge(new Progress(away.Id, 5, [3, 4, 5]));
        FillTo(40);

        TrimPlan plan = Plan(new() { MaxBacklogPerSession = 12 }, _log.Time);

        plan.Cuts.Should().Equal(new BacklogCut(away.Id, 28));
        plan.Extents.Select(extent => extent.FirstSequence).Should().Equal(1, 11);
        _log.Drop([.. plan.ToRecords().Last().Ranges], [.. plan.Cuts]);
        _log.Pending(away).Should().HaveCount(12);
        Plan(new() { MaxBacklogPerSession = 12 }, _log.Time).Cuts.Should().BeEmpty();
    }

    [Test]
    public void Too_many_pending_events_are_cut_even_if_they_were_sent()
    {
        SessionState away = _log.Attach("away", "busy").Session!;
        FillTo(10);
        _log.Acknowledge(new Progress(away.Id, 10, [2, 3, 4, 5]));

        Plan(new() { MaxBacklogPerSession = 3 }, _log.Time).Cuts.Should().Equal(new BacklogCut(away.Id, 2));
    }

    private void FillTo(long sequence)
    {
        while (_log.State.Head < sequence)
        {
            _log.Emit(null, ["busy"]);
        }
    }

    private void Settle(SessionState session) => _log.Acknowledge(new Progress(session.Id, _log.State.Head, []));

    private IEnumerable<long> Drops(RetentionLimits limits, long? now = null) =>
        Plan(limits, now ?? _log.Time).Extents.Select(extent => extent.FirstSequence);

    private TrimPlan Plan(RetentionLimits limits, long now)
    {
        List<LogExtent> extents = [];
        for (int first = 1; first <= _log.Records.Count; first += ExtentRecords)
        {
            int last = first + ExtentRecords - 1;
            extents.Add(new LogExtent(first, last, ExtentBytes, _log.Records[Math.Min(last, _log.Records.Count) - 1].Time));
        }

        return new TrimPlanner(limits).Plan(_log.State, extents, now);
    }
}
