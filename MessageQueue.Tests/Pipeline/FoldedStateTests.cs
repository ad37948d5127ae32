using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.State;

namespace MessageQueue.Tests.Pipeline;

/// <summary>
/// Only the log changes the state: delivering and acknowledging on this host does not, and records that another host appends do.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FoldedStateTests
{
    private const string Emit = """{"type":"emit","event":"e","to":"lobby"}""";

    private readonly InMemoryEventLog _log = new();
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task A_live_acknowledgement_counts_at_once_and_changes_the_state_only_by_the_log()
    {
        await using BrokerHarness harness = Start();
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        await BrokerHarness.SendAsync(alice, Emit);
        long id = (await toAlice.NextAsync("event")).GetProperty("id").GetInt64();
        await toAlice.NextAsync("ack");
        byte[] before = await harness.Broker.AskAsync(FoldLog.Bytes).OrTimeout();
        (await PendingAsync(harness, "alice")).Should().Be(1);

        await BrokerHarness.SendAsync(alice, $$"""{"type":"ack","id":{{id}}}""");

        (await PendingAsync(harness, "alice")).Should().Be(0);
        (await harness.Broker.AskAsync(FoldLog.Bytes).OrTimeout()).Should().Equal(before);
        (await CursorAsync(harness)).Should().BeLessThan(id);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        await harness.Broker.AskAsync(_ => true).OrTimeout();
        await BrokerHarness.SendAsync(alice, """{"type":"ping"}""");
        await toAlice.NextAsync("pong");
        (await CursorAsync(harness)).Should().BeGreaterThanOrEqualTo(id);
    }

    [Test]
    public async Task A_volatile_event_reaches_a_session_by_name_and_leaves_no_trace_in_the_state()
    {
        await using BrokerHarness harness = Start();
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        byte[] before = await harness.Broker.AskAsync(FoldLog.Bytes).OrTimeout();

        await BrokerHarness.SendAsync(alice, """{"type":"emit","event":"e","to":["nowhere","@alice","lobby"],"volatile":true}""");

        (await toAlice.NextAsync("event")).GetProperty("room").GetString().Should().Be("@alice");
        await toAlice.NextAsync("ack");
        (await harness.Broker.AskAsync(FoldLog.Bytes).OrTimeout()).Should().Equal(before);
    }

    [Test]
    public async Task An_event_that_another_host_appended_is_delivered_here()
    {
        await using BrokerHarness harness = Start();
        (_, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");

        long id = Append(
            harness, RecordType.EventEmitted, new TestEmit("e", "lobby").Encode());

        (await toAlice.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(id);
        (await PendingAsync(harness, "alice")).Should().Be(1);
    }

    [Test]
    public async Task Another_host_takes_a_session_over_and_its_detachment_is_not_undone()
    {
        await using BrokerHarness harness = Start();
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob", "lobby");
        Append(harness, RecordType.ServerStarted, []);
        toAlice.Closed.Task.IsCompleted.Should().BeFalse("the start of another host detaches nobody here");

        long attached = Append(
            harness, RecordType.SessionAttached,
            new AttachRecord { Namespace = "/", Session = "alice", MaxSessions = 10, MaxRooms = 10 }.Encode());

        (await toAlice.Closed.Task.OrTimeout()).Should().Be(4001);
        await alice.OnClosedAsync().AsTask().OrTimeout();
        await BrokerHarness.SendAsync(bob, Emit);
        await toBob.NextAsync("event");
        toAlice.Waiting.Should().Be(0);
        SessionState session = await harness.Broker.AskAsync(state => state.Namespaces["/"].Sessions["alice"]).OrTimeout();
        (session.IsAttached, session.AttachedAt).Should().Be((true, attached), "the other host has it");
        (await PendingAsync(harness, "alice")).Should().Be(1);
    }

    [Test]
    public async Task A_session_that_comes_back_from_another_host_is_sent_what_the_log_says_that_it_is_owed()
    {
        await using BrokerHarness harness = Start();
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        long[] sent = new long[2];
        for (int i = 0; i < sent.Length; i++)
        {
            await BrokerHarness.SendAsync(alice, Emit);
            sent[i] = (await toAlice.NextAsync("event")).GetProperty("id").GetInt64();
            await toAlice.NextAsync("ack");
        }

        Append(harness, RecordType.ServerStarted, []);
        long attached = Append(
            harness, RecordType.SessionAttached,
            new AttachRecord { Namespace = "/", Session = "alice", MaxSessions = 10, MaxRooms = 10 }.Encode());
        await toAlice.Closed.Task.OrTimeout();
        await alice.OnClosedAsync().AsTask().OrTimeout();
        long id = await harness.Broker.AskAsync(state => state.Namespaces["/"].Sessions["alice"].Id).OrTimeout();
        Append(harness, RecordType.SessionDetached, new DetachRecord(attached, sent[1], new Progress(id, sent[0], [])).Encode());

        (_, FakeOutput again) = await harness.ConnectAsync("alice");

        JsonElement next = await again.NextAsync("event");
        (next.GetProperty("id").GetInt64(), next.GetProperty("redelivered").GetBoolean()).Should().Be((sent[1], true));
    }

    private BrokerHarness Start() => new(_log, options => options.TimeProvider = _clock);

    // A record as a shared log would deliver it: durable, with its number, and without a command of this host.
    private long Append(BrokerHarness harness, RecordType type, byte[] payload)
    {
        long time = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        long sequence = _log.Append([new LogEntry((byte)type, RecordVersions.Of(type), payload)], time);
        CommittedBatch batch = new() { Host = 1, Time = time };
        batch.Entries.Add(new CommittedBatch.Entry(new LogRecord(sequence, time, (byte)type, RecordVersions.Of(type), payload), default));
        harness.Broker.Post(new ApplyInput(batch)).Should().BeTrue();
        return sequence;
    }

    private static Task<int> PendingAsync(BrokerHarness harness, string session) =>
        harness.Broker.AskAsync(state => harness.Broker.FanOut.CountPending(state.Namespaces["/"].Sessions[session], 10)).OrTimeout();

    private static Task<long> CursorAsync(BrokerHarness harness) =>
        harness.Broker.AskAsync(state => state.Namespaces["/"].Sessions["alice"].Cursor).OrTimeout();
}
