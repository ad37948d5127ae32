using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Pipeline;

/// <summary>Snapshots, trimming and gaps through a running broker, on a log in memory with small extents.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class RetentionTests
{
    private const string Emit = """{"type":"emit","event":"e","to":"lobby"}""";

    private readonly InMemoryEventLog _log = new(extentRecords: 10);
    private readonly InMemorySnapshotStore _snapshots = new();

    [Test]
    public async Task Events_that_everybody_has_acknowledged_are_removed_and_a_restart_misses_nothing()
    {
        long[] late;
        await using (BrokerHarness harness = new(_log, _snapshots))
        {
            (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
            await EmitAndAcknowledgeAsync(harness, alice, toAlice, 50);

            await harness.Broker.Snapshots.RunAsync().OrTimeout();

            HeldRecords().Should().BeLessThan(30);
            late = await EmitAsync(alice, toAlice, 5);
        }

        await using BrokerHarness again = new(_log, _snapshots);
        FakeOutput output = new();
        JsonConnection back = new(again.Json, output, new ConnectionParameters { Session = "alice" });
        await back.AttachAsync().OrTimeout();
        (await output.NextAsync("welcome")).GetProperty("pending").GetInt64().Should().Be(5);
        foreach (long id in late)
        {
            (await output.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(id);
        }
    }

    [Test]
    public async Task A_session_that_stays_away_does_not_keep_the_log_and_gets_a_gap_until_it_acknowledges_that()
    {
        await using (BrokerHarness harness = new(_log, _snapshots, options => options.MaxBacklogPerSession = 5))
        {
            (JsonConnection bob, _) = await harness.ConnectAsync("bob", "lobby");
            await bob.OnClosedAsync().OrTimeout();
            (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
            await EmitAndAcknowledgeAsync(harness, alice, toAlice, 50);

            await harness.Broker.Snapshots.RunAsync().OrTimeout();

            _log.SealedExtents.First(extent => extent.LastSequence > 10).FirstSequence.Should().BeGreaterThan(30);
        }

        long to = await ExpectGapAsync(acknowledge: null, 45);
        (await ExpectGapAsync(acknowledge: to - 1, 45)).Should().Be(to, "an acknowledgement of less does not remove it");
        await ExpectGapAsync(acknowledge: to, 45);
        await using BrokerHarness last = new(_log, _snapshots);
        (_, FakeOutput output) = await last.ConnectAsync("bob");
        (await output.NextAsync("event")).GetProperty("id").GetInt64().Should().BeGreaterThan(to);
    }

    [Test]
    public async Task A_connected_session_gets_the_gap_at_once_and_no_dropped_event()
    {
        await using BrokerHarness harness = new(_log, _snapshots, options =>
        {
            options.TimeProvider = new ManualTimeProvider();
            options.MaxLogBytes = 1;
        });
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob", "lobby");
        toBob.IsFull = true;
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        await EmitAsync(alice, toAlice, 45);

        await harness.Broker.Snapshots.RunAsync().OrTimeout();

        JsonElement gap = await toBob.NextAsync("gap");
        long to = gap.GetProperty("to").GetInt64();
        gap.GetProperty("count").GetInt64().Should().BeInRange(30, 45);
        toBob.IsFull = false;
        bob.OnDrained();
        (await toBob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(to + 1);
    }

    [Test]
    public async Task An_unreadable_snapshot_loses_nothing()
    {
        DamagedSnapshots damaged = new(_snapshots);
        await using (BrokerHarness harness = new(_log, damaged))
        {
            (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
            await EmitAndAcknowledgeAsync(harness, alice, toAlice, 50);
            await harness.Broker.Snapshots.RunAsync().OrTimeout();
            await EmitAsync(alice, toAlice, 1);
        }

        damaged.Damaged = _snapshots.Sequences[0];
        await using BrokerHarness again = new(_log, damaged);
        (_, FakeOutput output) = await again.ConnectAsync("alice");
        (await output.NextAsync("event")).GetProperty("id").GetInt64().Should().BeGreaterThan(50);
    }

    [Test]
    public async Task Without_any_snapshot_a_trimmed_log_is_refused()
    {
        DamagedSnapshots damaged = new(_snapshots);
        await using (BrokerHarness harness = new(_log, damaged))
        {
            (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
            await EmitAndAcknowledgeAsync(harness, alice, toAlice, 50);
            await harness.Broker.Snapshots.RunAsync().OrTimeout();
            HeldRecords().Should().BeLessThan(30);
        }

        damaged.Damaged = DamagedSnapshots.All;
        Action start = () => _ = new BrokerHarness(_log, damaged);
        start.Should().Throw<LogDamagedException>().WithMessage("No snapshot can be read*backup*");
    }

    [Test]
    public async Task A_crash_between_the_drop_record_and_the_deletion_is_completed_by_the_next_start()
    {
        await using (BrokerHarness harness = new(_log, new FailingSnapshots(_snapshots, failAt: 2)))
        {
            (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
            await EmitAndAcknowledgeAsync(harness, alice, toAlice, 50);
            Func<Task> pass = () => harness.Broker.Snapshots.RunAsync().OrTimeout();
            await pass.Should().ThrowAsync<IOException>();
            _log.SealedExtents[0].FirstSequence.Should().Be(1, "nothing is deleted before two snapshots list it");
            await EmitAsync(alice, toAlice, 1);
        }

        await using BrokerHarness again = new(_log, _snapshots);
        await again.ConnectAsync("alice");
        await again.Broker.Snapshots.RunAsync().OrTimeout();
        await again.ConnectAsync("bob");
        await again.Broker.Snapshots.RunAsync().OrTimeout();
        _log.SealedExtents[0].FirstSequence.Should().BeGreaterThan(30);
    }

    [Test]
    public async Task A_snapshot_is_made_by_itself_when_enough_was_written()
    {
        ManualTimeProvider clock = new();
        await using BrokerHarness harness = new(_log, _snapshots, options =>
        {
            options.TimeProvider = clock;
            options.SnapshotBytes = 100;
        });
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice", "lobby");
        await EmitAndAcknowledgeAsync(harness, alice, toAlice, 50);

        // Only one pass runs at a time, so this call waits for the one that was due.
        clock.Advance(TimeSpan.FromSeconds(1));
        await harness.Broker.Snapshots.RunAsync().OrTimeout();

        _snapshots.Sequences.Should().NotBeEmpty();
    }

    [Test]
    public async Task A_session_that_begins_in_the_past_gets_the_stored_events_and_a_gap_for_the_rest()
    {
        await using BrokerHarness harness = new(_log, _snapshots);
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        await EmitAsync(alice, toAlice, 25);
        await harness.Broker.Snapshots.RunAsync().OrTimeout();
        long[] sent = await EmitAsync(alice, toAlice, 3);

        FakeOutput output = new();
        JsonConnection late = new(harness.Json, output, new ConnectionParameters { Session = "late", Rooms = ["lobby"], IsFromAll = true });
        await late.AttachAsync().OrTimeout();

        long pending = (await output.NextAsync("welcome")).GetProperty("pending").GetInt64();
        JsonElement gap = await output.NextAsync("gap");
        gap.GetProperty("from").GetInt64().Should().Be(1);
        gap.TryGetProperty("count", out _).Should().BeFalse();
        List<long> got = [];
        for (int i = 0; i < pending; i++)
        {
            got.Add((await output.NextAsync("event")).GetProperty("id").GetInt64());
        }

        got.Should().BeInAscendingOrder().And.EndWith(sent);
        got[0].Should().BeGreaterThan(gap.GetProperty("to").GetInt64());
    }

    private async Task<long> ExpectGapAsync(long? acknowledge, int count)
    {
        await using BrokerHarness harness = new(_log, _snapshots);
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob");
        JsonElement gap = await toBob.NextAsync("gap");
        gap.GetProperty("count").GetInt64().Should().Be(count);
        if (acknowledge is { } id)
        {
            await BrokerHarness.SendAsync(bob, $$"""{"type":"ack","upTo":{{id}}}""");
        }

        await bob.OnClosedAsync().OrTimeout();
        return gap.GetProperty("to").GetInt64();
    }

    private static async Task<long[]> EmitAsync(JsonConnection client, FakeOutput output, int count)
    {
        long[] ids = new long[count];
        for (int i = 0; i < count; i++)
        {
            await BrokerHarness.SendAsync(client, Emit);
            JsonElement frame = await output.NextAsync();
            while (frame.GetProperty("type").GetString() != "ack")
            {
                frame = await output.NextAsync();
            }

            ids[i] = frame.GetProperty("id").GetInt64();
        }

        return ids;
    }

    private static async Task EmitAndAcknowledgeAsync(BrokerHarness harness, JsonConnection client, FakeOutput output, int count)
    {
        long[] ids = await EmitAsync(client, output, count);
        await BrokerHarness.SendAsync(client, $$"""{"type":"ack","upTo":{{ids[^1]}}}""");

        // The acknowledgement is in the log when a later command has been answered.
        TaskCompletionSource sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Broker.Post(ApplyInput.WriteProgress);
        harness.Broker.Post(ApplyInput.Call(_ => sent.SetResult()));
        await sent.Task.OrTimeout();
        await BrokerHarness.SendAsync(client, """{"type":"join","room":"lobby"}""");
        while ((await output.NextAsync()).GetProperty("type").GetString() != "ack" || output.Waiting > 0)
        {
        }
    }

    private long HeldRecords() => _log.SealedExtents.Sum(extent => extent.LastSequence - extent.FirstSequence + 1);

    private sealed class DamagedSnapshots(ISnapshotStore inner) : ISnapshotStore
    {
        public const long All = -1;

        public long Damaged { get; set; }

        public IReadOnlyList<long> Sequences => inner.Sequences;

        public Stream Open(long sequence) =>
            Damaged == All || Damaged == sequence ? throw new LogDamagedException("damaged") : inner.Open(sequence);

        public void Save(long sequence, Action<Stream> write) => inner.Save(sequence, write);
    }

    private sealed class FailingSnapshots(ISnapshotStore inner, int failAt) : ISnapshotStore
    {
        private int _saves;

        public IReadOnlyList<long> Sequences => inner.Sequences;

        public Stream Open(long sequence) => inner.Open(sequence);

        public void Save(long sequence, Action<Stream> write)
        {
            if (++_saves == failAt)
            {
                throw new IOException("No space left on device");
            }

            inner.Save(sequence, write);
        }
    }
}
