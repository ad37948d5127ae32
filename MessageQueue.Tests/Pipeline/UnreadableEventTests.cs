using System.Text.Json;
using MessageQueue.Connections.Json;
using MessageQueue.Protocol;
using MessageQueue.Snapshots;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Maintenance;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Pipeline;

/// <summary>
/// An event that can no longer be read: it stays pending, and affects only the sessions for which it is pending, until the log is
/// repaired.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class UnreadableEventTests
{
    private const string Directory = "/data";
    private const string Copy = "/copy";
    private const int SegmentBytes = 64 * 1024;
    private const int Events = 60;

    private readonly SimulatedDisk _disk = new();
    private readonly List<long> _ids = [];

    private long Damaged => _ids[Events / 2];

    [Test]
    public async Task A_session_with_an_unreadable_event_gets_earlier_ones_and_is_closed_with_1011_while_others_continue()
    {
        await WriteAsync();
        DamageOne();
        await using BrokerHarness harness = Start();
        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");

        FakeOutput toBob = await ReadUpToDamageAsync(harness, Events / 2);
        toBob.Waiting.Should().Be(0);
        await EmitAsync(alice, toAlice);

        harness.Broker.Completion.IsCompleted.Should().BeFalse();
        harness.Broker.DamagedExtents.Should().Be(1);
    }

    [Test]
    public async Task The_next_start_survives_an_unreadable_event_and_the_session_is_closed_again()
    {
        await WriteAsync();
        DamageOne();
        for (int start = 0; start < 2; start++)
        {
            await using BrokerHarness harness = Start();
            await ReadUpToDamageAsync(harness, Events / 2);
            await ReadUpToDamageAsync(harness, Events / 2);
            (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
            await EmitAsync(alice, toAlice);
        }
    }

    [Test]
    public async Task Events_acknowledged_before_an_unreadable_one_are_not_sent_again()
    {
        await WriteAsync();
        DamageOne();
        await using BrokerHarness harness = Start();
        (JsonConnection bob, FakeOutput toBob) = await ConnectBobAsync(harness);
        for (int i = 0; i < Events / 2; i++)
        {
            await toBob.NextAsync("event");
        }

        await BrokerHarness.SendAsync(bob, $$"""{"type":"ack","upTo":{{_ids[(Events / 2) - 1]}}}""");
        (await toBob.Closed.Task.OrTimeout()).Should().Be(CloseCode.ServerFailed);
        await bob.OnClosedAsync().OrTimeout();

        await ReadUpToDamageAsync(harness, 0);
    }

    [Test]
    public async Task An_unreadable_event_is_delivered_once_it_can_be_read_again()
    {
        await WriteAsync();
        DamageOne();
        await using BrokerHarness harness = Start();
        await ReadUpToDamageAsync(harness, Events / 2);

        DamageOne();
        (_, FakeOutput toBob) = await ConnectBobAsync(harness);

        for (int i = 0; i < Events; i++)
        {
            (await toBob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(_ids[i]);
        }
    }

    [Test]
    public async Task A_shared_session_with_an_unreadable_event_is_not_left_hanging_by_another_connection()
    {
        await WriteAsync();
        DamageOne();
        await using BrokerHarness harness = Start();
        (_, FakeOutput first) = await ConnectBobAsync(harness, isShared: true);
        (await first.Closed.Task.OrTimeout()).Should().Be(CloseCode.ServerFailed);

        // The first connection has not ended yet.
        (_, FakeOutput second) = await ConnectBobAsync(harness, isShared: true);

        (await second.Closed.Task.OrTimeout()).Should().Be(CloseCode.ServerFailed);
    }

    [Test]
    public async Task An_event_lost_in_a_repair_becomes_a_gap_once_earlier_events_are_acknowledged_and_later_ones_follow(
        [Values] bool wasSentBefore)
    {
        await WriteAsync(wasSentBefore);
        DamageOne();
        Repair().Should().ContainSingle().Which.Should().Contain($"sequence {Damaged}");
        await using (BrokerHarness harness = Start(Copy))
        {
            (JsonConnection bob, FakeOutput toBob) = await ConnectBobAsync(harness);
            for (int i = 0; i < Events / 2; i++)
            {
                (await toBob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(_ids[i]);
            }

            await BrokerHarness.SendAsync(bob, $$"""{"type":"ack","upTo":{{_ids[(Events / 2) - 1]}}}""");
            JsonElement gap = await toBob.NextAsync("gap");
            gap.GetProperty("to").GetInt64().Should().Be(Damaged);
            gap.GetProperty("count").GetInt64().Should().Be(1);
            for (int i = (Events / 2) + 1; i < Events; i++)
            {
                (await toBob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(_ids[i]);
            }

            harness.Broker.Completion.IsCompleted.Should().BeFalse();
        }
    }

    /// <summary>
    /// Adds a disconnected session with pending events in old segments, which a start with a snapshot does not read.
    /// </summary>
    private async Task WriteAsync(bool isSent = false)
    {
        await using BrokerHarness harness = Start();
        (JsonConnection bob, FakeOutput toBob) = await harness.ConnectAsync("bob", "lobby");
        if (!isSent)
        {
            await bob.OnClosedAsync().OrTimeout();
        }

        (JsonConnection alice, FakeOutput toAlice) = await harness.ConnectAsync("alice");
        for (int i = 0; i < Events; i++)
        {
            _ids.Add(await EmitAsync(alice, toAlice));
        }

        if (isSent)
        {
            await bob.OnClosedAsync().OrTimeout();
            toBob.Waiting.Should().Be(Events);
        }

        await harness.Broker.Snapshots.RunAsync().OrTimeout();
    }

    private static async Task<long> EmitAsync(JsonConnection alice, FakeOutput toAlice)
    {
        await BrokerHarness.SendAsync(alice, $$"""{"type":"emit","event":"e","to":"lobby","data":"{{new string('x', 4000)}}"}""");
        return (await toAlice.NextAsync("ack")).GetProperty("id").GetInt64();
    }

    private async Task<FakeOutput> ReadUpToDamageAsync(BrokerHarness harness, int events)
    {
        (JsonConnection bob, FakeOutput toBob) = await ConnectBobAsync(harness);
        for (int i = 0; i < events; i++)
        {
            (await toBob.NextAsync("event")).GetProperty("id").GetInt64().Should().Be(_ids[i]);
        }

        (await toBob.Closed.Task.OrTimeout()).Should().Be(CloseCode.ServerFailed);
        await bob.OnClosedAsync().OrTimeout();
        return toBob;
    }

    private static async Task<(JsonConnection Client, FakeOutput Output)> ConnectBobAsync(
        BrokerHarness harness, bool isShared = false)
    {
        FakeOutput output = new();
        JsonConnection client = new(harness.Json, output, new ConnectionParameters { Session = "bob", IsShared = isShared });
        await client.AttachAsync().OrTimeout();
        await output.NextAsync("welcome");
        return (client, output);
    }

    /// <summary>Flips a bit of the payload. A second call repairs it.</summary>
    private void DamageOne()
    {
        long first = _disk.ListFiles("/data/log").Select(StorePaths.ParseSegment).OfType<long>().Where(name => name <= Damaged).Max();
        Span<byte> file = _disk.Raw(new StorePaths(Directory).Segment(first));
        Span<byte> rest = file[SegmentHeader.Bytes..];
        for (long sequence = first; sequence < Damaged; sequence++)
        {
            rest = rest[(int)RecordHeader.Read(rest).RecordBytes..];
        }

        RecordHeader.Read(rest).Sequence.Should().Be(Damaged);
        rest[100] ^= 1;
    }

    private IReadOnlyList<string> Repair()
    {
        CopyTarget target = new(_disk, new StorePaths(Copy));
        return new LogRepair(_disk, new StorePaths(Directory), target, ReadHoles, null).Run();
    }

    private static SnapshotHoles ReadHoles(Stream stream)
    {
        Snapshot snapshot = SnapshotCodec.Read(stream);
        return new SnapshotHoles(snapshot.Gone, [.. snapshot.State.Dropped.Items]);
    }

    private BrokerHarness Start(string directory = Directory)
    {
        SegmentLog log = SegmentLog.Open(
            directory, SegmentBytes, Durability.Fsync, _disk, TimeProvider.System, NullLogger.Instance, work => work());
        return new BrokerHarness(log, new FileSnapshotStore(directory, log.StoreId, _disk, NullLogger.Instance), options =>
        {
            options.ScrubInterval = Timeout.InfiniteTimeSpan;
            options.EventCacheBytes = 1;
        });
    }
}
