using System.Text.Json;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.State.Tracing;
using MessageQueue.Storage;

namespace MessageQueue.Tests.State;

/// <summary>What is found in a log about a session, a room or an event.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RecordTraceTests
{
    private readonly FoldLog _log = new();
    private readonly SessionNames _names = new();

    [Test]
    public void The_history_of_an_event_is_how_each_receiver_acknowledged_or_lost_it()
    {
        SessionState alice = _log.Attach("alice", "lobby").Session!;
        SessionState bob = _log.Attach("bob", "lobby").Session!;
        SessionState carl = _log.Attach("carl", "lobby").Session!;
        SessionState dora = _log.Attach("dora", "lobby").Session!;
        SessionState away = _log.Attach("away", "lobby").Session!;
        SessionState left = _log.Attach("left", "lobby").Session!;
        _log.Leave(left, "lobby");
        StoredEvent stored = Stored(_log.Emit(alice, ["lobby"], echo: false));
        long n = stored.Sequence;
        SessionState late = _log.Attach("late", "lobby").Session!;
        _log.Acknowledge(new Progress(late.Id, n, []), new Progress(alice.Id, n, []));
        _log.Acknowledge(new Progress(bob.Id, n, [n]), new Progress(carl.Id, n, []));
        _log.Detach(bob);
        _log.Attach("bob");
        _log.MoveToDeadLetters(bob, n, "dead:bob");
        _log.Drop([], new BacklogCut(dora.Id, n));
        _log.Acknowledge(new Progress(carl.Id, n + 1, []));
        _log.Attach("carl");
        _log.End(away);
        _log.Emit(alice, ["lobby"]);

        JsonElement[] found = Trace(new EventFilter(stored, _names));

        found.Select(TypeOf).Should().Equal(
            "eventEmitted", "acknowledged", "sessionDetached", "sessionAttached", "deadLettered", "dropped", "sessionEnded");
        found[0].GetProperty("except")[0].GetString().Should().Be("alice");
        found[1].GetProperty("sessions").EnumerateArray().Select(SessionOf).Should().Equal("carl");
        found[2].GetProperty("session").GetString().Should().Be("bob");
        found[4].GetProperty("instead").GetProperty("session").GetString().Should().Be("bob");
        found[5].GetProperty("backlogs")[0].GetProperty("session").GetString().Should().Be("dora");
        SessionOf(found[6]).Should().Be("away");
    }

    [Test]
    public void Retention_loses_it_for_all_who_still_waited_and_what_its_handler_emitted_belongs_to_it()
    {
        SessionState own = _log.Attach("").Session!;
        SessionState bob = _log.Attach("bob", "lobby").Session!;
        StoredEvent stored = Stored(_log.Emit(null, ["lobby", "@"]));
        _log.StartHandler(own, stored.Sequence);
        _log.EmitUnder("key", isOwn: false, new EmitCause(own.Id, stored.Sequence));
        _log.EmitUnder("other", isOwn: false, new EmitCause(own.Id, 1));
        _log.Drop(stored.Sequence, stored.Sequence);
        _log.Acknowledge(new Progress(bob.Id, _log.State.Head, []));

        Trace(new EventFilter(stored, _names)).Select(TypeOf).Should().Equal("eventEmitted", "handlerStarted", "eventEmitted", "dropped");
    }

    [Test]
    public void A_session_is_followed_through_its_rooms_and_ends_and_to_the_next_of_its_name()
    {
        SessionState first = _log.Attach("bob", "lobby").Session!;
        SessionState alice = _log.Attach("alice", "lobby", "red").Session!;
        _log.Emit(alice, ["lobby"]);
        _log.Emit(alice, ["red"]);
        _log.Join(first, "red");
        _log.Emit(alice, ["red"]);
        _log.Leave(first, "red");
        _log.Emit(alice, ["red"]);
        _log.Emit(alice, ["@bob"]);
        _log.Emit(first, ["blue"]);
        long attachedAt = first.AttachedAt;
        _log.Detach(first);
        _log.Attach("bob");
        _log.End(first, ifDetachedSince: attachedAt).Kind.Should().Be(OutcomeKind.Ignored, "it came back");
        _log.Emit(alice, ["lobby"]);
        _log.End(first);
        _log.Emit(alice, ["lobby"]);
        _log.Attach("bob");
        _log.Emit(alice, ["*"]);

        JsonElement[] found = Trace(new SessionFilter("bob", "/", _names));

        found.Select(TypeOf).Should().Equal(
            "sessionAttached", "eventEmitted", "roomJoined", "eventEmitted", "roomLeft", "eventEmitted", "eventEmitted", "sessionDetached",
            "sessionAttached", "eventEmitted", "sessionEnded", "sessionAttached", "eventEmitted");
        Trace(new SessionFilter("bob", "/other", new SessionNames())).Should().BeEmpty();
    }

    [Test]
    public void What_was_before_the_oldest_record_is_known_from_a_snapshot()
    {
        SessionState bob = _log.Attach("bob", "lobby").Session!;
        int before = _log.Records.Count;
        ServerState snapshot = FoldLog.Reread(_log.State);
        StoredEvent stored = Stored(_log.Emit(null, ["lobby"]));
        _log.Acknowledge(new Progress(bob.Id, stored.Sequence, []));

        RecordTrace trace = new(_names, [new EventFilter(stored, _names), new SessionFilter("bob", null, _names)]);
        foreach (SessionState session in snapshot.Sessions.Values)
        {
            trace.Begin(session);
        }

        Run(trace, _log.Records.Skip(before)).Select(TypeOf).Should().Equal("eventEmitted", "acknowledged");
    }

    [Test]
    public void A_room_is_found_in_attachments_joins_leaves_and_events_and_unknown_sessions_keep_their_ids()
    {
        SessionState bob = _log.Attach("bob", "red").Session!;
        _log.Attach("alice", "lobby");
        _log.Join(bob, "lobby");
        _log.Emit(bob, ["blue", "lobby"]);
        _log.Emit(bob, ["red"]);
        _log.Leave(bob, "lobby");

        JsonElement[] found = Trace(new RoomFilter("lobby"));
        JsonElement unknown = Run(new RecordTrace(new SessionNames(), []), _log.Records.Skip(2))[0];

        found.Select(TypeOf).Should().Equal("sessionAttached", "roomJoined", "eventEmitted", "roomLeft");
        SessionOf(found[1]).Should().Be("bob");
        unknown.GetProperty("sessionId").GetInt64().Should().Be(bob.Id);
    }

    private JsonElement[] Trace(IRecordFilter filter) => Run(new RecordTrace(_names, [filter]), _log.Records);

    private static JsonElement[] Run(RecordTrace trace, IEnumerable<LogRecord> records)
    {
        List<JsonElement> found = [];
        foreach (LogRecord record in records)
        {
            ReadOnlySpan<byte> line = trace.Follow(record, isWanted: true);
            if (!line.IsEmpty)
            {
                found.Add(JsonSerializer.Deserialize<JsonElement>(line));
            }
        }

        return [.. found];
    }

    private static string? TypeOf(JsonElement record) => record.GetProperty("type").GetString();

    private static string? SessionOf(JsonElement record) => record.GetProperty("session").GetString();

    private StoredEvent Stored(Outcome outcome)
    {
        outcome.IsEvent.Should().BeTrue();
        return EmitRecord.Decode(_log.Records[^1]);
    }
}
