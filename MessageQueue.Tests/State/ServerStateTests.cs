using MessageQueue.State;
using MessageQueue.State.Keys;
using MessageQueue.State.Records;

namespace MessageQueue.Tests.State;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ServerStateTests
{
    private readonly FoldLog _log = new();

    [Test]
    public void Events_are_pending_for_the_sessions_that_are_in_the_room()
    {
        SessionState alice = _log.Attach("alice").Session!;
        _log.Emit(null, ["lobby"]);
        _log.Join(alice, "lobby");
        long during = _log.Emit(null, ["lobby"]).EventId;
        _log.Leave(alice, "lobby");
        _log.Emit(null, ["lobby"]);

        _log.Pending(alice).Should().Equal(during);
    }

    [Test]
    public void Left_rooms_without_pending_events_are_not_remembered()
    {
        SessionState alice = _log.Attach("alice").Session!;
        for (int i = 0; i < 100; i++)
        {
            _log.Join(alice, $"room-{i}");
            _log.Leave(alice, $"room-{i}");
        }

        alice.Memberships.Should().ContainSingle().Which.Room.Should().Be(alice.Namespace.Everyone);
        _log.State.Namespaces["/"].Rooms.Should().BeEmpty();
    }

    [Test]
    public void A_left_room_is_remembered_while_events_of_it_are_pending_sent_or_not()
    {
        SessionState alice = _log.Attach("alice", "lobby", "hall").Session!;
        long sent = _log.Emit(null, ["lobby"]).EventId;
        long unsent = _log.Emit(null, ["hall"]).EventId;
        _log.Acknowledge(new Progress(alice.Id, sent, [sent]));

        _log.Leave(alice, "lobby");
        _log.Leave(alice, "hall");

        _log.Pending(alice).Should().Equal(sent, unsent);
        alice.WasIn(alice.Namespace.Rooms["lobby"], sent).Should().BeTrue();
    }

    [Test]
    public void Leaving_a_room_and_joining_again_skips_the_events_between()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long first = _log.Emit(null, ["lobby"]).EventId;
        _log.Leave(alice, "lobby");
        _log.Emit(null, ["lobby"]);
        _log.Join(alice, "lobby");
        long second = _log.Emit(null, ["lobby"]).EventId;

        _log.Pending(alice).Should().Equal(first, second);
    }

    [Test]
    public void An_event_to_several_rooms_of_a_session_is_pending_once()
    {
        SessionState alice = _log.Attach("alice", "a", "b").Session!;

        long sent = _log.Emit(null, ["b", "a", "*", "@alice", "b"]).EventId;

        _log.Pending(alice).Should().Equal(sent);
    }

    [Test]
    public void An_event_to_everyone_is_for_the_sessions_that_exist_at_that_point()
    {
        SessionState alice = _log.Attach("alice").Session!;
        long sent = _log.Emit(null, ["*"]).EventId;
        SessionState bob = _log.Attach("bob").Session!;

        _log.Pending(alice).Should().Equal(sent);
        _log.Pending(bob).Should().BeEmpty();
    }

    [Test]
    public void A_reference_without_a_session_belongs_to_its_namespace_and_outlives_a_snapshot()
    {
        _log.Attach("alice", "lobby");
        long first = _log.Emit(null, ["lobby"], "k").EventId;

        ServerState restored = FoldLog.Reread(_log.State);

        foreach (Outcome again in (Outcome[])[_log.Emit(null, ["lobby"], "k"), restored.Apply(_log.Records[^1])])
        {
            again.Kind.Should().Be(OutcomeKind.Duplicate);
            again.EventId.Should().Be(first);
        }

        StateDump.Of(restored).Should().Be(StateDump.Of(_log.State));
    }

    [Test]
    public void The_oldest_reference_without_a_session_is_forgotten_beyond_the_last_16_384()
    {
        PublishedReferences published = new();
        for (int i = 0; i <= PublishedReferences.Capacity; i++)
        {
            published.Add("/", $"{i}", i + 1);
        }

        published.TryGet("/", "0"u8, out _).Should().BeFalse();
        published.TryGet("/", "1"u8, out long sequence).Should().BeTrue();
        sequence.Should().Be(2);
        published.Count.Should().Be(PublishedReferences.Capacity).And.Be(16_384);
    }

    [Test]
    public void Publishing_to_nobody_leaves_no_namespace()
    {
        _log.Emit(null, ["@nobody"]).Kind.Should().Be(OutcomeKind.UnknownSession);

        _log.State.Namespaces.Should().BeEmpty();
    }

    [Test]
    public void Publishing_again_to_a_namespace_that_is_gone_leaves_none()
    {
        long first = _log.Emit(null, ["lobby"], "k").EventId;
        _log.Drop(1, first);
        _log.State.Namespaces.Should().BeEmpty();

        _log.Emit(null, ["lobby"], "k").EventId.Should().Be(first);

        _log.State.Namespaces.Should().BeEmpty();
    }

    [Test]
    public void An_emit_to_an_unknown_session_is_not_stored_in_its_other_rooms_either()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;

        _log.Emit(alice, ["lobby", "@nobody"], "ref").Kind.Should().Be(OutcomeKind.UnknownSession);

        _log.Pending(alice).Should().BeEmpty();
        _log.Emit(alice, ["lobby"], "ref").Kind.Should().Be(OutcomeKind.Applied, "the reference was not used up");
    }

    [Test]
    public void A_name_that_is_used_again_after_its_session_ended_is_another_session()
    {
        SessionState first = _log.Attach("alice", "lobby").Session!;
        _log.Emit(null, ["lobby", "@alice"]);
        _log.End(first);

        SessionState second = _log.Attach("alice").Session!;

        second.Id.Should().NotBe(first.Id);
        second.RoomCount.Should().Be(0);
        _log.Pending(second).Should().BeEmpty();
    }

    [Test]
    public void A_repeated_reference_gives_the_number_of_the_first_event()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long first = _log.Emit(alice, ["lobby"], "ref").EventId;

        Outcome repeated = _log.Emit(alice, ["lobby"], "ref");

        repeated.Should().Match<Outcome>(outcome => outcome.Kind == OutcomeKind.Duplicate && outcome.EventId == first);
        _log.Pending(alice).Should().Equal(first);
        SessionState bob = _log.Attach("bob").Session!;
        _log.Emit(bob, ["lobby"], "ref").Kind.Should().Be(OutcomeKind.Applied, "references are a session's own");
    }

    [Test]
    public void The_last_1024_references_are_remembered_and_no_more()
    {
        SessionState alice = _log.Attach("alice").Session!;
        for (int i = 0; i <= 1024; i++)
        {
            _log.Emit(alice, ["lobby"], $"ref-{i}");
        }

        _log.Emit(alice, ["lobby"], "ref-1").Kind.Should().Be(OutcomeKind.Duplicate);
        _log.Emit(alice, ["lobby"], "ref-0").Kind.Should().Be(OutcomeKind.Applied);
    }

    [Test]
    public void The_sender_is_left_out_if_it_asks_for_that()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        SessionState bob = _log.Attach("bob", "lobby").Session!;

        long sent = _log.Emit(alice, ["lobby"], echo: false).EventId;

        _log.Pending(alice).Should().BeEmpty();
        _log.Pending(bob).Should().Equal(sent);
    }

    [Test]
    public void An_event_is_pending_until_its_time_to_live_is_over()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long sent = _log.Emit(null, ["lobby"], timeToLive: 1000).EventId;

        _log.Time += 999;
        _log.Start();
        _log.Pending(alice).Should().Equal(sent);

        _log.Time += 1;
        _log.Start();
        _log.Pending(alice).Should().BeEmpty();
    }

    [Test]
    public void A_session_that_must_exist_is_resumed_and_never_created()
    {
        _log.Attach("~secret", mustExist: true, []).Kind.Should().Be(OutcomeKind.UnknownSession);
        _log.Attach("~secret");
        _log.Attach("~secret", mustExist: true, []).Resumed.Should().BeTrue();
    }

    [Test]
    public void An_anonymous_session_is_reached_by_its_alias_which_is_not_its_name()
    {
        SessionState secret = _log.Attach("~secret").Session!;

        secret.Address.Should().StartWith("~").And.NotBe("~secret");
        long sent = _log.Emit(null, ["@" + secret.Address]).EventId;
        _log.Pending(secret).Should().Equal(sent);
        _log.Attach(secret.Address, mustExist: true, []).Kind.Should().Be(OutcomeKind.UnknownSession);
    }

    [Test]
    public void The_limits_are_those_of_the_record_and_a_refusal_changes_nothing()
    {
        SessionState alice = _log.Attach("alice", mustExist: false, ["a"], maxSessions: 1, maxRooms: 2).Session!;

        _log.Attach("bob", mustExist: false, [], maxSessions: 1).Kind.Should().Be(OutcomeKind.TooManySessions);
        _log.Attach("alice", mustExist: false, ["b", "c"], maxRooms: 2).Kind.Should().Be(OutcomeKind.TooManyRooms);
        alice.RoomCount.Should().Be(1);
        _log.Join(alice, "b", maxRooms: 2).Kind.Should().Be(OutcomeKind.Applied);
        _log.Join(alice, "b", maxRooms: 2).Kind.Should().Be(OutcomeKind.Applied, "it is in that room already");
        _log.Join(alice, "c", maxRooms: 2).Kind.Should().Be(OutcomeKind.TooManyRooms);
    }

    [Test]
    public void A_late_detachment_does_not_undo_a_newer_attachment()
    {
        SessionState alice = _log.Attach("alice").Session!;
        long first = alice.AttachedAt;
        _log.Attach("alice");

        _log.Detach(alice, attachedAt: first);

        alice.IsAttached.Should().BeTrue();
    }

    [Test]
    public void Expiry_does_not_end_a_session_that_came_back()
    {
        SessionState alice = _log.Attach("alice").Session!;
        long first = alice.AttachedAt;
        _log.Detach(alice);
        _log.Attach("alice");
        _log.Detach(alice);

        _log.End(alice, ifDetachedSince: first).Kind.Should().Be(OutcomeKind.Ignored);
        _log.End(alice, ifDetachedSince: alice.AttachedAt).Kind.Should().Be(OutcomeKind.Applied);
    }

    [Test]
    public void After_a_crash_only_events_that_may_have_been_sent_are_marked_as_redelivered()
    {
        SessionState attached = _log.Attach("attached", "lobby").Session!;
        SessionState away = _log.Attach("away", "lobby").Session!;
        _log.Detach(away);
        long before = _log.Emit(null, ["lobby"]).EventId;

        _log.Start();
        long after = _log.Emit(null, ["lobby"]).EventId;

        attached.MaybeSentUpTo.Should().BeInRange(before, after - 1);
        away.MaybeSentUpTo.Should().BeLessThan(before);
        attached.IsAttached.Should().BeFalse();
    }

    [Test]
    public void The_start_of_a_host_detaches_the_sessions_of_its_earlier_runs_and_of_no_other_host()
    {
        _log.Start();
        SessionState here = _log.Attach("here").Session!;
        _log.Host = 1;
        _log.Start();
        SessionState there = _log.Attach("there").Session!;
        here.IsAttached.Should().BeTrue("another host has started");
        here.Epoch.Should().Be(_log.State.EpochOf(0)).And.BeLessThan(_log.State.EpochOf(1));

        _log.Time += 5;
        _log.Host = 0;
        _log.Start();

        (here.IsAttached, here.LastSeen).Should().Be((false, _log.Time));
        (there.IsAttached, there.LastSeen).Should().Be((true, _log.Time - 5));
        _log.Host = 1;
        _log.Start();
        there.IsAttached.Should().BeFalse();
    }

    [Test]
    public void What_the_host_may_have_sent_from_which_a_session_is_taken_may_have_been_sent()
    {
        _log.Start();
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long sent = _log.Emit(null, ["lobby"]).EventId;
        _log.Attach("alice");
        alice.MaybeSentUpTo.Should().BeLessThan(sent, "this host knows what it has sent");

        _log.Host = 1;
        _log.Start();
        _log.Attach("alice");

        alice.MaybeSentUpTo.Should().BeGreaterThanOrEqualTo(sent);
        _log.Host = 0;
        _log.Start();
        alice.IsAttached.Should().BeTrue("it is the other host's now");
    }

    [Test]
    public void Progress_only_adds_in_whatever_order_it_comes()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        long[] sent = [.. Enumerable.Range(0, 5).Select(_ => _log.Emit(null, ["lobby"]).EventId)];

        _log.Acknowledge(new Progress(alice.Id, sent[3], [sent[1]]));
        _log.Pending(alice).Should().Equal(sent[1], sent[4]);
        _log.Acknowledge(new Progress(alice.Id, sent[1], [sent[0], sent[1]]));
        _log.Pending(alice).Should().Equal(sent[1], sent[4]);
        _log.Acknowledge(new Progress(alice.Id, sent[2], []));
        _log.Pending(alice).Should().Equal(sent[4]);
    }

    [Test]
    public void A_room_without_sessions_and_events_is_forgotten()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;

        _log.Leave(alice, "lobby");

        alice.Namespace.Rooms.Should().BeEmpty();
        _log.End(alice);
        _log.State.Namespaces.Should().BeEmpty();
    }
}
