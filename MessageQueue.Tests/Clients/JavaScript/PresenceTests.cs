using System.Text.Json;
using MessageQueue.Tests.EndToEnd;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>Who is in a room, by the JavaScript client. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class PresenceTests : NodeTests
{
    private static readonly object Alice = new { session = "alice", retryDelay = 10 };

    [Test]
    public async Task Presence_state_then_changes()
    {
        await RestartAsync(AtOnce);
        Client = await NodeClient.StartAsync(Proxy.Url, Alice);
        await Client.DoAsync("watch", new { room = "lobby" });
        (await NextAsync()).Should().Be("1: bob=; joined bob; left ");

        EventClient carol = await Server.ConnectAsync("session=carol&room=lobby&show=%22Carol%22");
        (await NextAsync()).Should().Be("2: bob=,carol=Carol; joined carol; left ");
        await carol.RequestAsync(new { type = "show", data = "busy", id = "s" });
        (await NextAsync()).Should().Be("2: bob=,carol=busy; joined carol; left ");
        await carol.DisposeAsync();
        (await NextAsync()).Should().Be("1: bob=; joined ; left carol");

        await Client.DoAsync("watch", new { room = "lobby", name = "second handler" });
        JsonElement second = await Client.NextAsync("present");
        second.GetProperty("present").GetString().Should().Be("second handler");
        Text(second).Should().Be("1: bob=; joined bob; left ");
    }

    [Test]
    public async Task Presence_in_parts()
    {
        List<EventClient> sessions = [];
        foreach (int number in Enumerable.Range(0, 200))
        {
            sessions.Add(await Server.ConnectAsync($"session=s{number}&room=lobby"));
        }

        Client = await NodeClient.ConnectAsync(Proxy.Url, Alice);
        await Client.DoAsync("watch", new { room = "lobby" });

        JsonElement present = await Client.NextAsync("present");
        present.GetProperty("count").GetInt32().Should().Be(201);
        present.GetProperty("members").EnumerateArray().Should().HaveCount(201);
        (await Client.SoFarAsync("present")).Should().BeEmpty();
        await Task.WhenAll(sessions.Select(session => session.DisposeAsync().AsTask()));
    }

    [Test]
    public async Task Presence_of_many_is_a_count()
    {
        await RestartAsync(options => options.MaxPresenceMembers = 1);
        Client = await NodeClient.ConnectAsync(Proxy.Url, Alice);
        await Client.DoAsync("watch", new { room = "lobby" });
        (await NextAsync()).Should().Be("1: bob=; joined bob; left ");

        await using EventClient carol = await Server.ConnectAsync("session=carol&room=lobby");

        JsonElement present = await Client.NextAsync("present");
        present.GetProperty("many").GetBoolean().Should().BeTrue();
        Text(present).Should().Be("2: ; joined ; left bob");
    }

    [Test]
    public async Task Presence_after_reconnect()
    {
        await RestartAsync(AtOnce);
        EventClient carol = await Server.ConnectAsync("session=carol&room=lobby");
        Client = await NodeClient.ConnectAsync(Proxy.Url, Alice);
        await Client.DoAsync("watch", new { room = "lobby" });
        (await NextAsync()).Should().Be("2: bob=,carol=; joined bob,carol; left ");
        Proxy.Refuses = true;
        Proxy.Cut();
        await Client.StateAsync("waiting");
        await carol.DisposeAsync();
        await Server.ShouldHaveConnectionsAsync("carol", 0);
        await using EventClient dave = await Server.ConnectAsync("session=dave&room=lobby");

        Proxy.Refuses = false;

        (await NextAsync()).Should().Be("2: bob=,dave=; joined dave; left carol");
    }

    [Test]
    public async Task Presence_ends()
    {
        await RestartAsync(options => options.AuthorizeJoin = request => new(request.Room != "secret"));
        Client = await NodeClient.ConnectAsync(Proxy.Url, Alice);
        await Client.DoAsync("watch", new { room = "secret" });
        JsonElement refused = await Client.NextAsync("present");
        refused.GetProperty("ended").GetBoolean().Should().BeTrue();
        refused.GetProperty("failed").GetString().Should().Be("forbidden");

        await Client.DoAsync("join", new { room = "den" });
        await Client.NextAsync("joined");
        await Client.DoAsync("watch", new { room = "den" });
        (await NextAsync()).Should().Be("1: alice=; joined alice; left ");
        await Client.DoAsync("leave", new { room = "den" });
        JsonElement ended = await Client.NextAsync("present");
        ended.GetProperty("ended").GetBoolean().Should().BeTrue();
        Text(ended).Should().Be("0: ; joined ; left alice");

        // Undone and begun again at once: the end of the first watch does not end the second.
        await Client.DoAsync("watch", new { room = "lobby" });
        await Client.NextAsync("present");
        await Client.DoAsync("off", new { @event = "lobby" });
        await Client.DoAsync("watch", new { room = "lobby", name = "again" });
        (await Client.NextAsync("present")).GetProperty("present").GetString().Should().Be("again");
        await Bob.RequestAsync(new { type = "show", data = "there", id = "s" });
        (await Client.NextAsync("present")).GetProperty("present").GetString().Should().Be("again");
    }

    [Test]
    public async Task Shows_itself()
    {
        await RestartAsync(AtOnce);
        Client = await NodeClient.StartAsync(Proxy.Url, new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 10 });
        await Client.DoAsync("show", new { data = "first" });
        await Client.DoAsync("show", new { data = "second" });
        await Client.NextAsync("welcome");
        await Client.DoAsync("watch", new { room = "lobby" });
        (await UntilAsync("2: bob=,alice=second")).Should().NotContain("first");
        Proxy.Cut();
        await Client.NextAsync("welcome");
        await UntilAsync("2: bob=,alice=second");

        await Client.DoAsync("show", new { data = new string('x', 1_000) });
        JsonElement refused = await Client.NextAsync("refused");
        refused.GetProperty("detail").GetProperty("type").GetString().Should().Be("show");
        refused.GetProperty("error").GetProperty("code").GetString().Should().Be("bad_message");
    }

    [Test]
    public async Task Knows_its_alias()
    {
        Client = await NodeClient.ConnectAsync(Proxy.Url, new { rooms = new[] { "lobby" } });

        string alias = (await Client.StatusAsync()).GetProperty("alias").GetString()!;

        await Client.DoAsync("emit", new { data = "hello", options = new { to = "lobby" } });
        (await Bob.NextAsync("event")).GetProperty("from").GetString().Should().Be(alias);
    }

    [Test]
    public async Task Disconnects_for_a_while()
    {
        Client = await NodeClient.ConnectAsync(
            Proxy.Url, new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 1, maxRetryDelay = 1 });
        await Client.DoAsync("disconnect");
        (await Client.StateAsync("closed")).GetProperty("reason").GetString().Should().Be("disconnected by the app");
        await Server.ShouldHaveConnectionsAsync("alice", 0);
        await Client.DoAsync("emit", new { data = "made offline", options = new { to = "lobby", echo = false } });
        await Bob.EmitAsync("lobby", "chat", "missed");
        await Client.DoAsync("online");
        JsonElement status = await Client.StatusAsync();
        status.GetProperty("unsent").GetInt32().Should().Be(1);
        status.GetProperty("status").GetProperty("status").GetString().Should().Be("closed");
        (await Client.SoFarAsync("opening")).Should().HaveCount(1);

        await Client.DoAsync("wake");

        (await Client.HandledAsync(1)).Should().Equal("missed");
        await Client.NextAsync("emitted");
    }

    private static void AtOnce(MessageQueueOptions options) =>
        (options.PresenceInterval, options.PresenceGrace) = (TimeSpan.FromMilliseconds(1), TimeSpan.Zero);

    private async Task<string> NextAsync() => Text(await Client!.NextAsync("present"));

    // A state may come before what the session shows has reached everybody.
    private async Task<string> UntilAsync(string beginning)
    {
        string all = "";
        while (true)
        {
            string text = await NextAsync();
            all += text;
            if (text.StartsWith(beginning, StringComparison.Ordinal))
            {
                return all;
            }
        }
    }

    private static string Text(JsonElement present) =>
        $"{present.GetProperty("count").GetInt32()}: {List(present, "members")}; "
        + $"joined {List(present, "joined")}; left {List(present, "left")}";

    private static string List(JsonElement present, string name) =>
        string.Join(',', present.GetProperty(name).EnumerateArray().Select(entry => entry.GetString()));
}
