using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>The JavaScript client's session and its rooms. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SessionTests
{
    [SetUp]
    public void SetUp() => Requires.NodeWebSocket();

    [Test]
    public async Task Resumes_session()
    {
        using TemporaryDirectory data = new();
        HostProcess host = await HostProcess.StartAsync(data.FullName);
        await using FaultProxy proxy = new(host.Url);
        await using NodeClient client = await NodeClient.ConnectAsync(
            proxy.Url, new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 10 });
        await using (EventClient bob = await EventClient.ConnectAsync(host.Url, "session=bob"))
        {
            await bob.EmitAsync("lobby", "chat", "first");
            (await client.HandledAsync(1)).Should().Equal("first");
            proxy.Refuses = true;
            proxy.Cut();
            await client.StateAsync("waiting");
            await bob.EmitAsync("lobby", "chat", "second");
        }

        await host.KillAsync();
        await host.DisposeAsync();
        await using HostProcess again = await HostProcess.StartAsync(data.FullName);
        proxy.PointTo(again.Url);
        proxy.Refuses = false;

        (await client.HandledAsync(1)).Should().Equal("second");
        (await client.NextAsync("welcome")).GetProperty("detail").GetProperty("resumed").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task Keeps_anonymous_session_name()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using FaultProxy proxy = new(server.Url);
        await using NodeClient client = await NodeClient.StartAsync(proxy.Url, new { retryDelay = 10 });
        JsonElement first = (await client.NextAsync("welcome")).GetProperty("detail");
        proxy.Cut();
        JsonElement second = (await client.NextAsync("welcome")).GetProperty("detail");

        first.GetProperty("session").GetString().Should().StartWith("~");
        second.GetProperty("session").GetString().Should().Be(first.GetProperty("session").GetString());
        second.GetProperty("resumed").GetBoolean().Should().BeTrue();
        (await client.StatusAsync()).GetProperty("session").GetString().Should().Be(first.GetProperty("session").GetString());
    }

    [Test]
    public async Task Replaces_an_expired_anonymous_session()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MinHistoryBytes = 1 << 20);
        await using FaultProxy proxy = new(server.Url);
        await using NodeClient client = await NodeClient.StartAsync(proxy.Url, new { rooms = new[] { "lobby" }, retryDelay = 10 });
        string session = (await client.NextAsync("welcome")).GetProperty("detail").GetProperty("session").GetString()!;
        await client.DoAsync("join", new { room = "side" });
        await client.NextAsync("joined");
        await using EventClient bob = await server.ConnectAsync("session=bob");
        await bob.EmitAsync("lobby", "chat", "handled");
        (await client.HandledAsync(1)).Should().Equal("handled");
        proxy.Refuses = true;
        proxy.Cut();
        await client.StateAsync("waiting");

        await using (EventClient end = await server.ConnectAsync($"session={session}"))
        {
            await end.SendAsync(new { type = "end" });
            await end.CloseCodeAsync();
        }

        await bob.EmitAsync("lobby", "chat", "missed");
        await bob.EmitAsync("side", "chat", "missed too");
        proxy.Refuses = false;

        (await client.HandledAsync(2)).Should().Equal("missed", "missed too");
        JsonElement welcome = (await client.NextAsync("welcome")).GetProperty("detail");
        welcome.GetProperty("session").GetString().Should().StartWith("~").And.NotBe(session);
        welcome.GetProperty("lost").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task A_refused_token_does_not_cost_an_anonymous_session()
    {
        bool isAllowed = true;
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeConnect = _ => new(isAllowed));
        await using FaultProxy proxy = new(server.Url);
        await using NodeClient client = await NodeClient.StartAsync(proxy.Url, new { retryDelay = 10 });
        string session = (await client.NextAsync("welcome")).GetProperty("detail").GetProperty("session").GetString()!;
        isAllowed = false;
        proxy.Cut();
        (await client.StateAsync("closed")).GetProperty("code").GetInt32().Should().Be(1008);

        isAllowed = true;
        await client.DoAsync("wake");

        (await client.NextAsync("welcome")).GetProperty("detail").GetProperty("session").GetString().Should().Be(session);
    }

    [Test]
    public async Task Joins_and_leaves()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options.AuthorizeJoin = request => new(request.Room != "secret"));
        await using NodeClient client = await NodeClient.ConnectAsync(
            server.Url, new { session = "alice", mode = "shared", rooms = new[] { "given" } });
        await using EventClient bob = await server.ConnectAsync("session=bob");
        await client.DoAsync("join", new { room = "a" });
        await client.DoAsync("join", new { room = "b" });
        await client.DoAsync("leave", new { room = "a" });
        await client.NextAsync("left");
        await EmitToAllAsync("1");
        (await client.HandledAsync(2)).Should().Equal("given 1", "b 1");

        // A new session gets the client's rooms again.
        await using (EventClient end = await server.ConnectAsync("session=alice&mode=shared"))
        {
            await end.SendAsync(new { type = "end" });
            await client.StateAsync("closed");
        }

        await client.DoAsync("wake");
        await client.StateAsync("open");
        await client.DrainAsync();
        await EmitToAllAsync("2");
        (await client.HandledAsync(2)).Should().Equal("given 2", "b 2");

        await client.DoAsync("join", new { room = "secret" });
        JsonElement refused = await client.NextAsync("refused");
        refused.GetProperty("error").GetProperty("code").GetString().Should().Be("forbidden");
        (await client.StatusAsync()).GetProperty("rooms").GetRawText().Should().Be("""["given","b"]""");

        async Task EmitToAllAsync(string text)
        {
            foreach (string room in new[] { "given", "a", "b" })
            {
                await bob.EmitAsync(room, "chat", $"{room} {text}");
            }
        }
    }

    [Test]
    public async Task Tells_take_over()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using NodeClient client = await NodeClient.ConnectAsync(server.Url, new { session = "alice" });
        await using EventClient other = await server.ConnectAsync("session=alice");

        JsonElement told = (await client.NextAsync("takeover")).GetProperty("detail");

        told.GetProperty("session").GetString().Should().Be("alice");
        await client.StateAsync("closed");
    }
}
