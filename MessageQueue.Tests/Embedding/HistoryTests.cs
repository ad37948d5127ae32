using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Server code reads events that were emitted before.</summary>
internal sealed class HistoryTests
{
    [Test]
    public async Task HistoryAsync_returns_the_last_events_of_a_room_oldest_first_with_all_fields()
    {
        await using TestServer server = await TestServer.StartAsync();
        Namespace chat = server.Server.Of("/chat");
        await using EventClient alice = await server.ConnectAsync("session=alice", "/chat");
        long first = await alice.EmitAsync("lobby", "say", new { text = "one" }, id: "r1");
        await alice.EmitAsync("kitchen");
        long second = await chat.To("kitchen", "lobby").EmitAsync("news", 2).OrTimeout();
        await chat.To("lobby").Volatile.EmitAsync("gone").OrTimeout();

        IReadOnlyList<ReceivedEvent> events = await chat.HistoryAsync("lobby", 50).OrTimeout();

        events.Select(one => one.Number).Should().Equal(first, second);
        (events[0].Name, events[0].From, events[0].Reference, events[0].Redelivered).Should().Be(("say", "alice", "r1", false));
        events[0].Time.Should().BeCloseTo(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        events[0].To.Should().Equal("lobby");
        (events[1].From, events[1].Read<int>()).Should().Be((null, 2));
        events[1].To.Should().Equal("kitchen", "lobby");
    }

    [Test]
    public async Task History_can_be_read_page_by_page_to_its_beginning()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        long[] sent = await alice.EmitManyAsync("lobby", 7);
        Namespace home = server.Server.Of("/");

        List<long> read = [];
        for (IReadOnlyList<ReceivedEvent> page = await home.HistoryAsync("lobby", 3);
            page.Count > 0;
            page = await home.HistoryAsync("lobby", 3, page[0].Number))
        {
            page.Count.Should().BeLessThanOrEqualTo(3);
            read.InsertRange(0, page.Select(one => one.Number));
        }

        read.Should().Equal(sent);
    }

    [Test]
    public async Task Events_that_are_no_longer_in_memory_are_read_from_disk()
    {
        using TemporaryDirectory data = new();
        long[] sent;
        await using (TestServer server = await StartAsync())
        {
            await using EventClient alice = await server.ConnectAsync("session=alice");
            sent = await alice.EmitManyAsync("lobby", 1000);
            await CheckAsync(server);
        }

        await using TestServer again = await StartAsync();
        await CheckAsync(again);

        async Task CheckAsync(TestServer server)
        {
            IReadOnlyList<ReceivedEvent> events = await server.Server.Of("/").HistoryAsync("lobby", 990).OrTimeout();
            events.Select(one => one.Number).Should().Equal(sent[10..]);
            events.Select(one => one.Read<int>()).Should().Equal(Enumerable.Range(10, 990));
        }

        Task<TestServer> StartAsync() => TestServer.StartAsync(data, options => options.EventCacheBytes = 64 << 10);
    }

    [Test]
    public async Task One_page_of_large_events_is_not_much_more_than_16_MiB()
    {
        await using TestServer server = await TestServer.StartAsync();
        Broadcast lobby = server.Server.Of("/").To("lobby");
        List<long> sent = [];
        string megabyte = new('x', (1 << 20) - 100);
        while (sent.Count < 20)
        {
            sent.Add(await lobby.EmitAsync("big", megabyte).OrTimeout());
        }

        IReadOnlyList<ReceivedEvent> last = await server.Server.Of("/").HistoryAsync("lobby", 1000).OrTimeout();
        IReadOnlyList<ReceivedEvent> before = await server.Server.Of("/").HistoryAsync("lobby", 1000, last[0].Number).OrTimeout();

        last.Select(one => one.Number).Should().Equal(sent[4..]);
        before.Select(one => one.Number).Should().Equal(sent[..4]);
    }

    [Test]
    public async Task Everyone_and_sessions_have_a_history_and_an_unknown_room_has_an_empty_one()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice");
        long all = await alice.EmitAsync("*");
        long direct = await alice.EmitAsync("@alice");
        Namespace home = server.Server.Of("/");

        (await home.HistoryAsync("*", 10).OrTimeout()).Select(one => one.Number).Should().Equal(all);
        (await home.HistoryAsync("@alice", 10).OrTimeout()).Select(one => one.Number).Should().Equal(direct);
        (await home.HistoryAsync("nowhere", 10).OrTimeout()).Should().BeEmpty();
        (await server.Server.Of("/none").HistoryAsync("*", 10).OrTimeout()).Should().BeEmpty();
    }

    [Test]
    public async Task Invalid_arguments_are_refused_with_the_reason()
    {
        MessageQueueServer stopped;
        await using (TestServer server = await TestServer.StartAsync())
        {
            stopped = server.Server;
            Namespace home = stopped.Of("/");
            await FluentActions.Awaiting(() => home.HistoryAsync("", 1))
                .Should().ThrowAsync<ArgumentException>().WithMessage("*'' is no room*");
            await FluentActions.Awaiting(() => home.HistoryAsync("lobby", 0)).Should().ThrowAsync<ArgumentOutOfRangeException>();
            await FluentActions.Awaiting(() => home.HistoryAsync("lobby", 1001)).Should().ThrowAsync<ArgumentOutOfRangeException>();
        }

        await FluentActions.Awaiting(() => stopped.Of("/").HistoryAsync("lobby", 1).OrTimeout())
            .Should().ThrowAsync<ServerStoppedException>();
    }
}
