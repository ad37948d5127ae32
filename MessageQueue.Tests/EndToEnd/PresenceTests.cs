using System.Text.Json;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Presence;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Who is in a room, for those who watch it.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PresenceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    [Test]
    public async Task A_watch_is_acknowledged_and_then_told_a_state_and_differences()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby");
        await using EventClient watcher = await server.ConnectAsync("session=watcher");

        await watcher.SendAsync(new { type = "watch", room = "lobby", id = "w" });

        (await watcher.NextAsync("ack")).GetRawText().Should().Be("""{"type":"ack","ref":"w"}""");
        JsonElement state = await watcher.NextAsync("presence");
        long version = state.GetProperty("version").GetInt64();
        state.GetRawText().Should().Be(
            $$"""{"type":"presence","room":"lobby","version":{{version}},"count":1,"members":[{"session":"ann"}]}""");

        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");
        JsonElement joined = await TellAsync(server, clock, watcher);
        long next = joined.GetProperty("version").GetInt64();
        next.Should().BeGreaterThan(version);
        joined.GetRawText().Should().Be(
            $$"""{"type":"presence","room":"lobby","version":{{next}},"count":2,"joined":[{"session":"bob"}]}""");

        await ann.RequestAsync(new { type = "leave", room = "lobby", id = "l" });
        JsonElement left = await TellAsync(server, clock, watcher);
        left.GetRawText().Should().Be(
            $$"""{"type":"presence","room":"lobby","version":{{left.GetProperty("version").GetInt64()}},"count":1,"left":["ann"]}""");
        left.GetProperty("version").GetInt64().Should().BeGreaterThan(next);
    }

    [Test]
    public async Task Rooms_in_the_query_are_watched_from_the_start()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);

        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby&watch=lobby&watch=empty&show=%7B%22a%22%3A1%7D");

        Members(await ann.NextAsync("presence")).Should().Equal("""ann:{"a":1}""");
        Members(await ann.NextAsync("presence")).Should().BeEmpty("a room need not exist");
        await ShouldBeToldNothingAsync(server, clock, ann);
    }

    [Test]
    public async Task Several_connections_of_a_session_count_once()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        await watcher.NextAsync("presence");
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby&mode=shared");
        (await TellAsync(server, clock, watcher)).GetProperty("count").GetInt32().Should().Be(1);

        EventClient second = await server.ConnectAsync("session=bob&room=lobby&mode=shared");
        await ShouldBeToldNothingAsync(server, clock, watcher);
        await second.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("bob", 1);
        await ShouldBeToldNothingAsync(server, clock, watcher, Grace);
    }

    [Test]
    public async Task A_take_over_and_a_short_absence_are_not_told()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        await watcher.NextAsync("presence");
        EventClient first = await server.ConnectAsync("session=bob&room=lobby&show=1");
        await TellAsync(server, clock, watcher);

        EventClient second = await server.ConnectAsync("session=bob");
        (await first.CloseCodeAsync()).Should().Be(4001);
        await ShouldBeToldNothingAsync(server, clock, watcher, Grace);

        await second.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("bob", 0);
        await ShouldBeToldNothingAsync(server, clock, watcher, Grace - Interval);
        EventClient third = await server.ConnectAsync("session=bob");
        await ShouldBeToldNothingAsync(server, clock, watcher, Grace);
        await watcher.SendAsync(new { type = "watch", room = "lobby" });
        Members(await watcher.NextAsync("presence")).Should().Equal(["bob:1"], "what it shows outlives a short absence");

        await third.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("bob", 0);
        clock.Advance(Grace);
        JsonElement left = await TellAsync(server, clock, watcher);
        left.GetProperty("left")[0].GetString().Should().Be("bob");

        await using EventClient fourth = await server.ConnectAsync("session=bob");
        Joined(await TellAsync(server, clock, watcher)).Should().Equal(["bob:"], "it was forgotten with the absence");
        await first.DisposeAsync();
    }

    [Test]
    public async Task Every_absence_has_its_own_time()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        await watcher.NextAsync("presence");
        EventClient first = await server.ConnectAsync("session=bob&room=lobby");
        await TellAsync(server, clock, watcher);

        await first.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("bob", 0);
        await ShouldBeToldNothingAsync(server, clock, watcher, Grace / 2);
        EventClient second = await server.ConnectAsync("session=bob");
        await second.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("bob", 0);
        await ShouldBeToldNothingAsync(server, clock, watcher, Grace - Interval);

        (await TellAsync(server, clock, watcher)).GetProperty("left")[0].GetString().Should().Be("bob");
    }

    [Test]
    public async Task Without_grace_a_take_over_is_not_told_either()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock, options => options.PresenceGrace = TimeSpan.Zero);
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        await watcher.NextAsync("presence");
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby");
        await TellAsync(server, clock, watcher);

        await using EventClient second = await server.ConnectAsync("session=bob");
        await ShouldBeToldNothingAsync(server, clock, watcher);

        await second.DisposeAsync();
        await server.ShouldHaveConnectionsAsync("bob", 0);
        (await TellAsync(server, clock, watcher)).GetProperty("left")[0].GetString().Should().Be("bob");
    }

    [Test]
    public async Task A_session_that_ends_leaves_at_once_and_another_of_its_name_is_another_session()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        await watcher.NextAsync("presence");
        await using EventClient first = await server.ConnectAsync("session=bob&room=lobby&show=1");
        await TellAsync(server, clock, watcher);

        await first.RequestAsync(new { type = "end", id = "e" });
        await using EventClient second = await server.ConnectAsync("session=bob&room=lobby");

        JsonElement change = await TellAsync(server, clock, watcher);
        change.GetProperty("left")[0].GetString().Should().Be("bob");
        Joined(change).Should().Equal("bob:");
        change.GetProperty("count").GetInt32().Should().Be(1);

        await second.RequestAsync(new { type = "end", id = "e" });
        (await TellAsync(server, clock, watcher)).GetProperty("count").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task What_a_session_shows_is_told_as_it_was_sent_and_replaced_or_removed_by_the_next()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby");
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        Members(await watcher.NextAsync("presence")).Should().Equal("ann:");

        await ann.RequestAsync("""{"type":"show","data":{"n" : 1.50},"id":"s"}""");
        Joined(await TellAsync(server, clock, watcher)).Should().Equal("""ann:{"n" : 1.50}""");

        await ann.RequestAsync(new { type = "show", data = "typing", id = "s" });
        await ann.RequestAsync(new { type = "show", data = "idle", id = "s" });
        Joined(await TellAsync(server, clock, watcher)).Should().Equal("ann:\"idle\"");

        await ann.RequestAsync(new { type = "show", data = "idle", id = "s" });
        await ShouldBeToldNothingAsync(server, clock, watcher);
        await ann.RequestAsync(new { type = "show", id = "s" });
        Joined(await TellAsync(server, clock, watcher)).Should().Equal("ann:");
    }

    [Test]
    public async Task What_a_session_shows_is_bounded()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxPresenceBytes = 100);
        await using EventClient ann = await server.ConnectAsync("session=ann&show=" + new string('1', 100));

        foreach (string data in new[] { new string('1', 101), new string('[', 31) + new string(']', 31) + "        " })
        {
            await ann.SendAsync($$"""{"type":"show","data":{{data}},"id":"s"}""");
        }

        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await ann.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("s");
        (await (await server.OpenAsync("session=bob&show=" + new string('1', 101))).CloseCodeAsync()).Should().Be(1008);
        (await (await server.OpenAsync("session=bob&show=nonsense")).CloseCodeAsync()).Should().Be(1008);
    }

    [Test]
    public async Task What_a_session_shows_is_not_nested_so_deep_that_a_message_with_it_cannot_be_read()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby&watch=lobby");
        await ann.NextAsync("presence");
        await ann.SendAsync($$"""{"type":"show","data":{{new string('[', 62) + new string(']', 62)}},"id":"s"}""");
        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");

        await ann.RequestAsync($$"""{"type":"show","data":{{new string('[', 61) + new string(']', 61)}},"id":"s"}""");
        Joined(await ann.NextAsync("presence")).Should().HaveCount(1);
    }

    [Test]
    public async Task Only_a_room_that_a_client_may_join_may_it_watch()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options.AuthorizeJoin = request => ValueTask.FromResult(request.Room == "lobby"));
        await using EventClient ann = await server.ConnectAsync("session=ann&watch=lobby");
        await ann.NextAsync("presence");

        await ann.SendAsync(new { type = "watch", room = "secret", id = "w" });

        JsonElement error = await ann.NextAsync("error");
        error.GetProperty("code").GetString().Should().Be("forbidden");
        error.GetProperty("ref").GetString().Should().Be("w");
        (await (await server.OpenAsync("session=bob&watch=lobby&watch=secret")).CloseCodeAsync()).Should().Be(1008);
    }

    [TestCase("*")]
    [TestCase("@ann")]
    public async Task Only_rooms_can_be_watched(string room)
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient ann = await server.ConnectAsync("session=ann");

        await ann.SendAsync(new { type = "watch", room, id = "w" });

        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("bad_message");
        (await (await server.OpenAsync($"session=bob&watch={room}")).CloseCodeAsync()).Should().Be(1008);
    }

    [Test]
    public async Task A_connection_watches_a_limited_number_of_rooms()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxWatchesPerConnection = 2);
        await using EventClient ann = await server.ConnectAsync("session=ann&watch=a");
        await ann.RequestAsync(new { type = "watch", room = "b", id = "b" });

        await ann.SendAsync(new { type = "watch", room = "c", id = "c" });
        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");

        await ann.RequestAsync(new { type = "watch", room = "a", id = "again" });
        await ann.RequestAsync(new { type = "unwatch", room = "b", id = "b" });
        await ann.RequestAsync(new { type = "watch", room = "c", id = "c" });
        (await (await server.OpenAsync("session=bob&watch=a&watch=b&watch=c")).CloseCodeAsync()).Should().Be(1008);
    }

    [Test]
    public async Task A_server_may_allow_no_watches()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxWatchesPerConnection = 0);
        await using EventClient ann = await server.ConnectAsync("session=ann");

        await ann.SendAsync(new { type = "watch", room = "a", id = "a" });

        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");
    }

    [Test]
    public async Task After_an_unwatch_nothing_is_told()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        await using EventClient other = await server.ConnectAsync("session=other&watch=lobby");
        await watcher.NextAsync("presence");
        await other.NextAsync("presence");

        await watcher.RequestAsync(new { type = "unwatch", room = "lobby", id = "u" });
        await watcher.RequestAsync(new { type = "unwatch", room = "never-watched", id = "u" });
        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby");

        Joined(await TellAsync(server, clock, other)).Should().Equal("bob:");
        await ShouldBeToldNothingAsync(server, clock, watcher);
    }

    [Test]
    public async Task A_watch_ends_when_the_session_leaves_the_room_or_the_app_makes_it_leave()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient ann = await server.ConnectAsync("session=ann&room=lobby&room=staff&watch=lobby&watch=staff");
        await ann.NextAsync("presence");
        await ann.NextAsync("presence");

        await ann.RequestAsync(new { type = "leave", room = "lobby", id = "l" });
        (await ann.NextAsync("presence")).GetRawText().Should().Be("""{"type":"presence","room":"lobby","ended":true}""");

        Session session = (await server.Server.Of("/").FindSessionAsync("ann").OrTimeout())!;
        await session.LeaveAsync("staff").OrTimeout();
        (await ann.NextAsync("presence")).GetRawText().Should().Be("""{"type":"presence","room":"staff","ended":true}""");

        await using EventClient bob = await server.ConnectAsync("session=bob&room=lobby&room=staff");
        await ShouldBeToldNothingAsync(server, clock, ann);
    }

    [Test]
    public async Task A_session_without_a_name_is_known_by_its_alias_which_its_welcome_has()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient named = await server.ConnectAsync("session=ann");
        await using EventClient anonymous = await server.ConnectAsync("room=lobby&watch=lobby");

        named.Welcome.TryGetProperty("alias", out _).Should().BeFalse();
        string alias = anonymous.Welcome.GetProperty("alias").GetString()!;
        alias.Should().NotBe(anonymous.Welcome.GetProperty("session").GetString());
        Members(await anonymous.NextAsync("presence")).Should().Equal(alias + ":");
        await anonymous.SendAsync(new { type = "emit", @event = "e", to = "lobby" });
        (await anonymous.NextAsync("event")).GetProperty("from").GetString().Should().Be(alias);
    }

    [Test]
    public async Task Rooms_of_the_same_name_in_other_namespaces_have_nothing_in_common()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock);
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        (await watcher.NextAsync("presence")).GetProperty("count").GetInt32().Should().Be(0);

        await using EventClient other = await server.ConnectAsync("session=bob&room=lobby", "/other");

        await ShouldBeToldNothingAsync(server, clock, watcher);
    }

    [Test]
    public async Task After_a_restart_only_those_are_there_who_are_back()
    {
        using TemporaryDirectory data = new();
        ManualTimeProvider clock = new();
        await using (TestServer before = await ClockServer.StartAsync(clock, data))
        {
            await using EventClient first = await before.ConnectAsync("session=ann&room=lobby&watch=lobby&show=1");
            await using EventClient second = await before.ConnectAsync("session=bob&room=lobby&show=2");
            await first.NextAsync("presence");
        }

        await using TestServer server = await ClockServer.StartAsync(clock, data);
        await using EventClient ann = await server.ConnectAsync("session=ann&watch=lobby");
        Members(await ann.NextAsync("presence")).Should().Equal("ann:");

        await using EventClient bob = await server.ConnectAsync("session=bob");
        Joined(await TellAsync(server, clock, ann)).Should().Equal("bob:");
    }

    [Test]
    public async Task After_a_kill_nobody_sees_a_session_that_is_not_back()
    {
        Requires.Signals();
        using TemporaryDirectory data = new();
        await using (HostProcess host = await HostProcess.StartAsync(data.FullName))
        {
            await using EventClient first = await EventClient.ConnectAsync(host.Url, "session=ann&room=lobby&watch=lobby");
            await using EventClient second = await EventClient.ConnectAsync(host.Url, "session=bob&room=lobby&show=1");
            await first.NextAsync("presence");
            await first.NextAsync("presence");
            await host.KillAsync();
        }

        await using HostProcess next = await HostProcess.StartAsync(data.FullName, "--presence-interval", "10ms");
        await using EventClient ann = await EventClient.ConnectAsync(next.Url, "session=ann&watch=lobby");
        ann.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        Members(await ann.NextAsync("presence")).Should().Equal("ann:");

        await using EventClient bob = await EventClient.ConnectAsync(next.Url, "session=bob");
        Joined(await ann.NextAsync("presence")).Should().Equal("bob:");
    }

    [Test]
    public async Task A_very_large_room_is_counted_until_half_are_left()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await ClockServer.StartAsync(clock, options => options.MaxPresenceMembers = 4);
        List<EventClient> members = [];
        await using EventClient watcher = await server.ConnectAsync("session=watcher&watch=lobby");
        PresenceView view = new();
        view.Apply(await watcher.NextAsync("presence"));
        for (int i = 0; i < 6; i++)
        {
            members.Add(await server.ConnectAsync($"session=m{i}&room=lobby"));
            view.Apply(await TellAsync(server, clock, watcher));
            view.Count.Should().Be(i + 1);
            view.IsCounted.Should().Be(i >= 4);
            view.Members.Should().HaveCount(i >= 4 ? 0 : i + 1);
        }

        await using EventClient late = await server.ConnectAsync("session=late&watch=lobby");
        JsonElement count = await late.NextAsync("presence");
        count.GetRawText().Should().Be(
            $$"""{"type":"presence","room":"lobby","version":{{count.GetProperty("version").GetInt64()}},"count":6,"many":true}""");

        for (int left = 5; left >= 2; left--)
        {
            await members[left].DisposeAsync();
            await server.ShouldHaveConnectionsAsync($"m{left}", 0);
            view.Apply(await TellAsync(server, clock, watcher));
            view.Count.Should().Be(left);
            view.IsCounted.Should().Be(left > 2);
        }

        view.Members.Keys.Should().BeEquivalentTo("m0", "m1");
        await members[0].DisposeAsync();
        await members[1].DisposeAsync();
    }

    /// <summary>Lets the server tell what it has collected, and returns the next message about it.</summary>
    private static async Task<JsonElement> TellAsync(TestServer server, ManualTimeProvider clock, EventClient watcher)
    {
        await server.AskAsync(static state => state.Head);
        clock.Advance(Interval);
        return await watcher.NextAsync("presence");
    }

    private static async Task ShouldBeToldNothingAsync(
        TestServer server, ManualTimeProvider clock, EventClient watcher, TimeSpan? time = null)
    {
        await server.AskAsync(static state => state.Head);
        clock.Advance(time ?? Interval);
        await server.AskAsync(static state => state.Head);
        await watcher.PingAsync();
        watcher.Frames("presence").TryRead(out JsonElement frame).Should().BeFalse("nothing has changed, but {0} came", frame);
    }

    private static string[] Members(JsonElement message) => Entries(message, "members");

    private static string[] Joined(JsonElement message) => Entries(message, "joined");

    private static string[] Entries(JsonElement message, string key) =>
    [
        .. message.GetProperty(key).EnumerateArray().Select(entry =>
            entry.GetProperty("session").GetString() + ":" + (entry.TryGetProperty("data", out JsonElement data) ? data.GetRawText() : "")),
    ];
}
