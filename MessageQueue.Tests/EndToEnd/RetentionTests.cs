using System.Text.Json;
using MessageQueue.Retention;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>
/// Retention on a server with real sockets and files: segments are deleted, snapshots make a start shorter, gaps are sent, and
/// <c>from</c> reaches older events.
/// </summary>
internal sealed class RetentionTests
{
    private static readonly string Filler = new('x', 32 << 10);

    private TemporaryDirectory _data = null!;

    [SetUp]
    public void SetUp() => _data = new TemporaryDirectory();

    [TearDown]
    public void TearDown() => _data.Dispose();

    [Test]
    public async Task A_snapshot_is_not_repeated_when_only_a_mark_was_written_since()
    {
        using TemporaryDirectory data = new();
        ManualTimeProvider clock = new();
        await using (TestServer server = await ClockServer.StartAsync(clock, data, Configure))
        {
            await using EventClient alice = await server.ConnectAsync("session=alice");
            for (int i = 0; i < 6; i++)
            {
                await alice.EmitAsync("lobby", data: new string('x', 256 << 10));
            }
        }

        await using TestServer again = await ClockServer.StartAsync(clock, data, Configure);
        SnapshotMaker snapshots = again.Server.Core.Broker.Snapshots;
        snapshots.IsDue().Should().BeTrue("a megabyte was written");
        await snapshots.RunAsync().OrTimeout();

        snapshots.IsDue().Should().BeFalse();

        static void Configure(MessageQueueOptions options)
        {
            options.Durability = Durability.Os;
            options.SegmentBytes = 4 << 20;
            options.SnapshotBytes = 1 << 20;
        }
    }

    [Test]
    public async Task Files_are_deleted_once_all_their_events_are_acknowledged_and_a_start_reads_a_snapshot_and_the_rest()
    {
        long[] late;
        await using (TestServer server = await StartAsync())
        {
            await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
            long[] early = await FillAsync(alice, 160);
            Segments().Should().HaveCountGreaterThan(4);
            await NextIdsAsync(alice, early.Length);
            await AcknowledgeAsync(alice, early[^1]);

            await server.TrimAsync();

            Segments().Should().HaveCountLessThan(3);
            Directory.GetFiles(_data.Combine("snap")).Should().HaveCount(2);
            late = await alice.EmitManyAsync("lobby", 3);
        }

        await using TestServer again = await StartAsync();
        await using EventClient back = await again.ConnectAsync("session=alice");
        back.Welcome.GetProperty("pending").GetInt64().Should().Be(3);
        (await NextIdsAsync(back, 3)).Should().Equal(late);
        back.Frames("gap").TryRead(out _).Should().BeFalse();
    }

    [Test]
    public async Task A_session_that_stays_away_does_not_fill_the_disk_and_gets_a_gap_when_it_returns()
    {
        long gapEnd;
        await using (TestServer server = await StartAsync(options => options.MaxLogBytes = 2 << 20))
        {
            await using (EventClient bob = await server.ConnectAsync("session=bob&room=lobby"))
            {
                await bob.CloseAsync();
            }

            await using EventClient alice = await server.ConnectAsync("session=alice");
            long[] sent = await FillAsync(alice, 160);

            await server.TrimAsync();

            Segments().Should().HaveCountLessThan(5);
            await using EventClient back = await server.ConnectAsync("session=bob");
            long missed = 160 - back.Welcome.GetProperty("pending").GetInt64();
            missed.Should().BePositive();
            gapEnd = await GapsAsync(back, sent[0], missed);
            (await NextIdsAsync(back, 1)).Should().Equal(sent[missed]);
        }

        await using TestServer again = await StartAsync();
        await using (EventClient second = await again.ConnectAsync("session=bob"))
        {
            while ((await second.NextAsync("gap")).GetProperty("to").GetInt64() < gapEnd)
            {
                // The gap was not acknowledged, so it comes again, in the same parts as it arose.
            }

            await AcknowledgeAsync(second, gapEnd);
        }

        await using EventClient third = await again.ConnectAsync("session=bob");
        (await NextIdsAsync(third, 1))[0].Should().BeGreaterThan(gapEnd);
        third.Frames("gap").TryRead(out _).Should().BeFalse("it was acknowledged");
    }

    [Test]
    public async Task A_connected_session_that_falls_behind_gets_the_gap_at_once()
    {
        await using TestServer server = await StartAsync(options => options.MaxBacklogPerSession = 10);
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&window=1");
        await using EventClient alice = await server.ConnectAsync("session=alice");
        long[] sent = await alice.EmitManyAsync("lobby", 30);
        (await NextIdsAsync(bob, 1)).Should().Equal(sent[0]);

        await server.TrimAsync();

        JsonElement gap = await bob.NextAsync("gap");
        gap.GetProperty("from").GetInt64().Should().Be(sent[0]);
        gap.GetProperty("to").GetInt64().Should().Be(sent[19]);
        gap.GetProperty("count").GetInt64().Should().Be(20);
        (await NextIdsAsync(bob, 1)).Should().Equal(sent[20]);
    }

    [Test]
    public async Task A_new_session_with_from_gets_the_events_of_its_rooms_and_of_everyone_since_that_number()
    {
        await using TestServer server = await StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        long[] lobby = await alice.EmitManyAsync("lobby", 3);
        long[] other = await alice.EmitManyAsync("other", 2);
        long[] everyone = await alice.EmitManyAsync("*", 1);

        await using EventClient some = await server.ConnectAsync($"session=some&room=lobby&from={lobby[1]}");
        await using EventClient all = await server.ConnectAsync("session=all&room=lobby&room=other&from=all");
        await using EventClient none = await server.ConnectAsync("session=none&room=lobby");

        (await some.IdsSoFarAsync()).Should().Equal([.. lobby[1..], .. everyone]);
        (await all.IdsSoFarAsync()).Should().Equal([.. lobby, .. other, .. everyone]);
        (await none.IdsSoFarAsync()).Should().BeEmpty();
        all.Frames("gap").TryRead(out _).Should().BeFalse("nothing was dropped");
    }

    [Test]
    public async Task From_is_ignored_when_the_session_exists()
    {
        await using TestServer server = await StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await alice.EmitManyAsync("lobby", 3);
        await using (EventClient bob = await server.ConnectAsync("session=bob"))
        {
            await bob.CloseAsync();
        }

        await using EventClient again = await server.ConnectAsync("session=bob&room=lobby&from=all");

        again.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        (await again.IdsSoFarAsync()).Should().BeEmpty();
    }

    [Test]
    public async Task A_from_before_the_oldest_event_gets_a_gap_without_a_count()
    {
        await using TestServer server = await StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        await FillAsync(alice, 100);
        await server.TrimAsync();
        long[] late = await alice.EmitManyAsync("lobby", 2);

        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&from=all");

        JsonElement gap = await bob.NextAsync("gap");
        gap.GetProperty("from").GetInt64().Should().Be(1);
        gap.TryGetProperty("count", out _).Should().BeFalse();
        long[] got = await bob.IdsSoFarAsync();
        got.Should().BeInAscendingOrder().And.EndWith(late);
        got[0].Should().BeGreaterThan(gap.GetProperty("to").GetInt64());
    }

    [Test]
    public async Task A_minimum_of_history_is_kept_for_from()
    {
        await using TestServer server = await StartAsync(options => options.MinHistoryBytes = 1 << 30);
        await using EventClient alice = await server.ConnectAsync("session=alice");
        long[] sent = await FillAsync(alice, 100);
        await server.TrimAsync();

        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&from=all&window=1000");

        (await NextIdsAsync(bob, 100)).Should().Equal(sent);
        bob.Frames("gap").TryRead(out _).Should().BeFalse();
    }

    private Task<TestServer> StartAsync(Action<MessageQueueOptions>? configure = null) => TestServer.StartAsync(_data, options =>
    {
        options.SegmentBytes = 1 << 20;
        options.MaxMessageBytes = 64 << 10;
        configure?.Invoke(options);
    });

    private string[] Segments() => Directory.GetFiles(_data.Combine("log"), "*.seg");

    /// <summary>
    /// Reads the gaps that begin here and miss this many events: one, or several if the server trimmed by itself while the test filled
    /// it. Returns where they end.
    /// </summary>
    private static async Task<long> GapsAsync(EventClient client, long from, long missed)
    {
        long to = from - 1;
        while (missed > 0)
        {
            JsonElement gap = await client.NextAsync("gap");
            gap.GetProperty("from").GetInt64().Should().BeInRange(to + 1, to == from - 1 ? from : long.MaxValue);
            to = gap.GetProperty("to").GetInt64();
            missed -= gap.GetProperty("count").GetInt64();
        }

        missed.Should().Be(0);
        return to;
    }

    private static async Task<long[]> FillAsync(EventClient client, int count)
    {
        long[] ids = new long[count];
        for (int i = 0; i < count; i++)
        {
            await client.SendAsync(new { type = "emit", @event = "fill", to = "lobby", data = Filler });
            ids[i] = (await client.NextAsync("ack")).Id();
        }

        return ids;
    }

    private static async Task AcknowledgeAsync(EventClient client, long upTo)
    {
        await client.PingAsync();
        await client.SendAsync(new { type = "ack", upTo });
        await client.PingAsync();
    }

    private static async Task<long[]> NextIdsAsync(EventClient client, int count)
    {
        long[] ids = new long[count];
        for (int i = 0; i < count; i++)
        {
            ids[i] = (await client.NextAsync("event")).Id();
        }

        return ids;
    }
}
