using MessageQueue.Delivery;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Tests.State;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class DroppingTests
{
    private readonly FoldLog _log = new();

    [Test]
    public void Only_dropped_pending_events_become_a_gap()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        SessionState bob = _log.Attach("bob").Session!;
        long[] sent = [.. Enumerable.Range(0, 4).Select(_ => _log.Emit(null, ["lobby"]).EventId)];
        _log.Acknowledge(new Progress(alice.Id, sent[1], [sent[0]]));

        Outcome outcome = _log.Drop(1, sent[2]);

        alice.Gaps.Should().Equal(new Gap(sent[0], sent[2], 2, _log.State.Head));
        bob.Gaps.Should().BeEmpty();
        _log.Pending(alice).Should().Equal(sent[3]);
        outcome.DroppedEvents!.Events.Should().Be(2);
        outcome.DroppedEvents.Sessions.Should().Equal(alice);
    }

    [Test]
    public void Events_that_expired_or_were_not_for_the_session_leave_no_gap()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        _log.Emit(null, ["lobby"], timeToLive: 10);
        long last = _log.Emit(alice, ["lobby"], echo: false).EventId;
        _log.Time += 10;

        _log.Drop(1, last);

        alice.Gaps.Should().BeEmpty();
        alice.Namespace.Limits.Should().BeEmpty();
    }

    [Test]
    public void Empty_rooms_and_namespaces_are_forgotten()
    {
        SessionState alice = _log.Attach("alice").Session!;
        long last = _log.Emit(null, ["nobody", "*", "@alice"]).EventId;
        _log.End(alice);

        _log.Drop(1, last);

        _log.State.Namespaces.Should().BeEmpty();
    }

    [Test]
    public void Adjacent_dropped_ranges_are_merged()
    {
        _log.Attach("alice");
        _log.Drop(5, 9);
        _log.Drop(20, 29);
        _log.Drop(10, 14);
        _log.Drop(1, 2);

        _log.State.Dropped.Items.Should().Equal(new SequenceRange(1, 2), new SequenceRange(5, 14), new SequenceRange(20, 29));
        _log.State.Dropped.Contains(14).Should().BeTrue();
        _log.State.Dropped.Contains(15).Should().BeFalse();
        _log.State.Dropped.Covers(9, 15).Should().BeFalse();
    }

    [Test]
    public void Cutting_the_pending_events_of_a_session_is_a_gap_of_that_session_only()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        SessionState bob = _log.Attach("bob", "lobby").Session!;
        long[] sent = [.. Enumerable.Range(0, 3).Select(_ => _log.Emit(null, ["lobby"]).EventId)];

        _log.Drop([], new BacklogCut(alice.Id, sent[1]));

        alice.Gaps.Should().Equal(new Gap(sent[0], sent[1], 2, _log.State.Head));
        _log.Pending(alice).Should().Equal(sent[2]);
        _log.Pending(bob).Should().Equal(sent);
        _log.State.Dropped.Items.Should().BeEmpty();
    }

    [Test]
    public void An_acknowledgement_after_a_gap_removes_it()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long[] sent = [.. Enumerable.Range(0, 3).Select(_ => _log.Emit(null, ["lobby"]).EventId)];
        long before = _log.State.Head;
        _log.Drop(1, sent[1]);

        _log.Acknowledge(new Progress(alice.Id, sent[2], []) { AcknowledgedUpTo = sent[2], AsOf = before });
        alice.Gaps.Should().ContainSingle("it was set before the events were dropped");
        _log.Acknowledge(new Progress(alice.Id, sent[2], []) { AcknowledgedUpTo = sent[1], AsOf = _log.State.Head });
        alice.Gaps.Should().BeEmpty();
    }

    [Test]
    public void An_acknowledgement_from_before_a_gap_does_not_remove_it()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long[] sent = [.. Enumerable.Range(0, 3).Select(_ => _log.Emit(null, ["lobby"]).EventId)];
        _log.Acknowledge(new Progress(alice.Id, sent[2], [sent[0]]));
        SessionDelivery delivery = new(alice);
        delivery.Acknowledge(sent[2]).Should().BeFalse();

        _log.Drop(1, sent[1]);
        delivery.Add(alice.Gaps[0]);
        _log.Acknowledge(delivery.ProgressAt(_log.State.Head));

        alice.Gaps.Should().ContainSingle();
        delivery.Acknowledge(sent[1]).Should().BeTrue();
        _log.Acknowledge(delivery.ProgressAt(_log.State.Head));
        alice.Gaps.Should().BeEmpty();
    }

    [Test]
    public void A_session_created_with_from_begins_with_the_events_that_its_rooms_still_hold()
    {
        _log.Attach("alice", "lobby");
        long[] sent = [.. Enumerable.Range(0, 4).Select(_ => _log.Emit(null, ["lobby", "*"]).EventId)];
        _log.Drop(1, sent[0]);

        _log.Pending(_log.AttachFrom("all", 0, "lobby").Session!).Should().Equal(sent[1..]);
        _log.Pending(_log.AttachFrom("some", sent[2], "lobby").Session!).Should().Equal(sent[2..]);
        _log.Pending(_log.AttachFrom("none", long.MaxValue, "lobby").Session!).Should().BeEmpty();
        _log.Pending(_log.AttachFrom("everyone", 0).Session!).Should().Equal(sent[1..]);
        _log.Pending(_log.Attach("new", "lobby").Session!).Should().BeEmpty();
    }

    [Test]
    public void A_session_created_with_from_last_begins_with_that_many_events_of_its_rooms_and_everyone_each_once()
    {
        _log.Attach("alice", "lobby", "kitchen");
        long[] sent = [.. new[] { "lobby", "kitchen", "elsewhere", "*", "lobby" }.Select(room => _log.Emit(null, [room]).EventId),
            _log.Emit(null, ["lobby", "kitchen", "*"]).EventId];

        _log.Pending(Last("one", 1, "lobby", "kitchen")).Should().Equal(sent[5]);
        _log.Pending(Last("four", 4, "kitchen", "lobby", "lobby")).Should().Equal(sent[1], sent[3], sent[4], sent[5]);
        _log.Pending(Last("fewer", 100, "lobby")).Should().Equal(sent[0], sent[3], sent[4], sent[5]);
        _log.Pending(Last("everyone", 2)).Should().Equal(sent[3], sent[5]);
        Last("four", 4).Gaps.Should().BeEmpty();

        _log.Drop(1, sent[3]);

        Last("enough", 2, "lobby").Gaps.Should().BeEmpty();
        Last("too few", 3, "lobby").Gaps.Should().ContainSingle()
            .Which.Should().Match<Gap>(gap => gap.From == 1 && gap.To == sent[3] && gap.Count == null);

        SessionState Last(string session, int count, params string[] rooms) =>
            _log.AttachFrom(session, AttachRecord.FromLast(count), rooms).Session!;
    }

    [Test]
    public void From_is_for_new_sessions_only()
    {
        SessionState alice = _log.Attach("alice").Session!;
        _log.Emit(null, ["lobby"]);

        _log.AttachFrom("alice", 0, "lobby");

        _log.Pending(alice).Should().BeEmpty();
    }

    [Test]
    public void A_from_before_the_oldest_event_gives_a_gap_without_a_count()
    {
        _log.Attach("alice");
        for (int i = 0; i < 30; i++)
        {
            _log.Emit(null, ["lobby"]);
        }

        _log.Drop([new SequenceRange(2, 9), new SequenceRange(15, 20)]);

        _log.AttachFrom("all", 0).Session!.Gaps.Should().ContainSingle()
            .Which.Should().Match<Gap>(gap => gap.From == 2 && gap.To == 20 && gap.Count == null);
        _log.AttachFrom("some", 5).Session!.Gaps.Should().ContainSingle().Which.Should().Match<Gap>(gap => gap.From == 5 && gap.To == 20);
        _log.AttachFrom("later", 21).Session!.Gaps.Should().BeEmpty();
        _log.Attach("none").Session!.Gaps.Should().BeEmpty();
    }
}
