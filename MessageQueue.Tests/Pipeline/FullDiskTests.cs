using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Pipeline;

/// <summary>
/// A server on a disk that becomes full long before a snapshot is due: it drops events that are no longer pending by itself, and so
/// makes room.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class FullDiskTests
{
    private const string Directory = "/data";
    private const int SegmentBytes = 64 * 1024;

    private readonly ManualTimeProvider _clock = new();
    private readonly SimulatedDisk _disk = new() { Capacity = 10 * SegmentBytes };
    private long _last;

    [Test]
    public async Task Acknowledging_all_events_frees_a_full_disk([Values(Durability.Fsync, Durability.Os)] Durability durability)
    {
        SegmentLog log = Open(durability);
        await using BrokerHarness harness = Start(log, durability);
        await AddAwayAsync(harness, "bob");
        await FillAsync(harness, log);
        await harness.Broker.Snapshots.RunAsync().OrTimeout();
        log.HasRoom.Should().BeFalse("all of it is pending for bob");

        await AcknowledgeAllAsync(harness, "bob");

        await _clock.AdvanceUntilAsync(() => log.HasRoom, TimeSpan.FromMilliseconds(50));
        await using FakeSender alice = await FakeSender.ConnectAsync(harness);
        (await alice.TryEmitAsync()).Should().BePositive();
    }

    [Test]
    public async Task A_full_disk_is_not_retried_while_nothing_changes()
    {
        SegmentLog log = Open(Durability.Fsync);
        await using BrokerHarness harness = Start(log, Durability.Fsync);
        await AddAwayAsync(harness, "bob");
        await FillAsync(harness, log);
        await harness.Broker.Snapshots.RunAsync().OrTimeout();
        await harness.Broker.Snapshots.RunAsync().OrTimeout();
        long snapshot = log.LastSequence;

        for (int i = 0; i < 50; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            harness.Broker.Snapshots.IsDue().Should().BeFalse();
        }

        log.LastSequence.Should().Be(snapshot);
        log.HasRoom.Should().BeFalse();
    }

    [Test]
    public async Task Expired_events_free_a_full_disk_without_any_client()
    {
        SegmentLog log = Open(Durability.Fsync);
        await using BrokerHarness harness = Start(log, Durability.Fsync);
        await AddAwayAsync(harness, "bob");
        await FillAsync(harness, log, ttl: 60_000);

        await _clock.AdvanceUntilAsync(() => log.HasRoom, TimeSpan.FromSeconds(5));
    }

    [Test]
    public async Task Ending_a_session_frees_a_full_disk()
    {
        SegmentLog log = Open(Durability.Fsync);
        await using BrokerHarness harness = Start(log, Durability.Fsync);
        await AddAwayAsync(harness, "bob");
        await FillAsync(harness, log);

        (await SessionEnder.EndAsync(harness.Broker, "/", "bob").OrTimeout()).Should().BeNull();

        await _clock.AdvanceUntilAsync(() => log.HasRoom, TimeSpan.FromMilliseconds(50));
    }

    [Test]
    public async Task A_start_frees_a_full_disk()
    {
        SegmentLog first = Open(Durability.Fsync);
        await using (BrokerHarness harness = Start(first, Durability.Fsync))
        {
            await AddAwayAsync(harness, "bob");
            await FillAsync(harness, first);
        }

        SegmentLog log = Open(Durability.Fsync);
        await using BrokerHarness again = Start(log, Durability.Fsync);
        log.HasRoom.Should().BeFalse();
        await AcknowledgeAllAsync(again, "bob");

        await _clock.AdvanceUntilAsync(() => log.HasRoom, TimeSpan.FromMilliseconds(50));
    }

    private SegmentLog Open(Durability durability) => SegmentLog.Open(
        Directory, SegmentBytes, durability, _disk, _clock, NullLogger.Instance, work => work(), reserveBytes: SegmentBytes);

    private BrokerHarness Start(SegmentLog log, Durability durability) =>
        new(log, new FileSnapshotStore(Directory, log.StoreId, _disk, NullLogger.Instance), options =>
        {
            options.TimeProvider = _clock;
            options.Durability = durability;
            options.ScrubInterval = Timeout.InfiniteTimeSpan;
        });

    /// <summary>Adds a session that is disconnected.</summary>
    private static async Task AddAwayAsync(BrokerHarness harness, string session)
    {
        (JsonConnection client, _) = await harness.ConnectAsync(session, "lobby");
        await client.OnClosedAsync().OrTimeout();
    }

    private async Task FillAsync(BrokerHarness harness, SegmentLog log, int? ttl = null)
    {
        await using FakeSender alice = await FakeSender.ConnectAsync(harness);
        while (log.HasRoom && await alice.TryEmitAsync(ttl) is > 0 and long id)
        {
            _last = id;
        }

        log.SealedExtents.Should().NotBeEmpty();
    }

    private async Task AcknowledgeAllAsync(BrokerHarness harness, string session)
    {
        FakeOutput output = new();
        JsonConnection client = new(harness.Json, output, new ConnectionParameters { Session = session });
        await client.AttachAsync().OrTimeout();
        await output.NextAsync("welcome");
        while ((await output.NextAsync("event")).GetProperty("id").GetInt64() < _last)
        {
        }

        await BrokerHarness.SendAsync(client, $$"""{"type":"ack","upTo":{{_last}}}""");
    }

    /// <summary>A client that emits large events.</summary>
    private sealed class FakeSender(JsonConnection client, FakeOutput output) : IAsyncDisposable
    {
        private static readonly string Data = new('x', 4000);

        public static async Task<FakeSender> ConnectAsync(BrokerHarness harness)
        {
            // The session already existed before the disk was full, so it may connect again.
            (JsonConnection client, FakeOutput output) = await harness.ConnectAsync("alice");
            return new FakeSender(client, output);
        }

        /// <summary>Emits an event and returns its number, or 0 if it was refused.</summary>
        public async Task<long> TryEmitAsync(int? ttl = null)
        {
            string more = ttl is null ? "" : $$""","ttl":{{ttl}}""";
            await BrokerHarness.SendAsync(client, $$"""{"type":"emit","event":"e","to":"lobby","data":"{{Data}}"{{more}}}""");
            JsonElement answer = await output.NextAsync();
            if (answer.GetProperty("type").GetString() == "ack")
            {
                return answer.GetProperty("id").GetInt64();
            }

            answer.GetProperty("code").GetString().Should().Be("unavailable");
            return 0;
        }

        public async ValueTask DisposeAsync() => await client.OnClosedAsync().OrTimeout();
    }
}
