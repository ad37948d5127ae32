using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Tokens;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>How the JavaScript client connects and comes back. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConnectionTests : NodeTests
{
    private static readonly object Fast = new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 10 };

    [Test]
    public async Task Connects_at_once_in_background()
    {
        Proxy.Refuses = true;
        Client = await NodeClient.StartAsync(Proxy.Url, new { retryDelay = 10 });
        await Client.DoAsync("join", new { room = "lobby" });
        await Client.DoAsync("emit", new { data = "early", options = new { to = "lobby" } });
        await Client.StateAsync("waiting");

        Proxy.Refuses = false;

        (await Client.HandledAsync(1)).Should().Equal("early");
    }

    [Test]
    public async Task States_are_told()
    {
        Client = await NodeClient.ConnectAsync(Proxy.Url, Fast);
        Proxy.Cut();
        await Client.NextAsync("welcome");
        await using EventClient other = await Server.ConnectAsync("session=alice");

        JsonElement[] states = [.. await TakeAsync(5)];

        states.Select(state => state.GetProperty("status").GetString())
            .Should().Equal("open", "waiting", "connecting", "open", "closed");
        states[1].GetProperty("until").GetInt64().Should().BeGreaterThan(0);
        states[1].GetProperty("reason").GetString().Should().NotBeEmpty();
        states[4].GetProperty("code").GetInt32().Should().Be(4001);
        states[4].GetProperty("reason").GetString().Should().NotBeEmpty();
    }

    [Test]
    public async Task Backs_off_with_full_jitter()
    {
        Proxy.Refuses = true;
        Client = await NodeClient.StartAsync(
            Proxy.Url, new { retryDelay = 100, maxRetryDelay = 300, stableAfter = 0 }, new { random = 0.5 });

        // Half of 100, 200, then of the maximum.
        (await DelaysAsync(4)).Should().Equal(50, 100, 150, 150);

        Proxy.Refuses = false;
        await Client.StateAsync("open");
        Proxy.Cut();
        (await DelaysAsync(1)).Should().Equal(50);
    }

    [Test]
    public async Task A_server_in_trouble_is_given_more_time()
    {
        await using TestServer busy = await TestServer.StartAsync(options => options.MaxConnections = 1);
        await using EventClient other = await busy.ConnectAsync();

        Client = await NodeClient.StartAsync(busy.Url, new { retryDelay = 100 }, new { random = 0.5 });

        (await DelaysAsync(1)).Should().Equal(400);
    }

    [Test]
    public async Task Returns_at_once_when_network_returns()
    {
        Proxy.Refuses = true;
        Client = await NodeClient.StartAsync(
            Proxy.Url, new { retryDelay = 1_000_000, maxRetryDelay = 1_000_000, pingTimeout = 200 }, new { random = 0.9 });
        await Client.StateAsync("waiting");

        Proxy.Refuses = false;
        await Client.DoAsync("online");
        await Client.StateAsync("open");

        // A connection that looks open is checked.
        Proxy.HalfOpen();
        await Client.DoAsync("online");
        (await Client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("silent");
        await Client.DoAsync("wake");
        await Client.StateAsync("open");
    }

    [TestCase(1008)]
    [TestCase(4001)]
    [TestCase(4002)]
    public async Task Stays_closed_after_1008_4001_4002(int code)
    {
        bool isAllowed = code != 1008;
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeConnect = _ => new(isAllowed));
        // Without a delay, so that it would be back before the test looks.
        Client = await NodeClient.StartAsync(server.Url, new { session = "alice", mode = "shared", retryDelay = 1 }, new { random = 0 });
        if (isAllowed)
        {
            await Client.StateAsync("open");
            await using EventClient other = await server.ConnectAsync(code == 4001 ? "session=alice" : "session=alice&mode=shared");
            await other.SendAsync(code == 4001 ? new { type = "ping" } : new { type = "end" });
        }

        (await Client.StateAsync("closed")).GetProperty("code").GetInt32().Should().Be(code);
        (await Client.SoFarAsync("opening")).Should().HaveCount(1);
        (await Client.SoFarAsync("state")).Should().BeEmpty();

        isAllowed = true;
        await Client.DoAsync("wake");
        await Client.StateAsync("open");
    }

    [Test]
    public async Task Notices_a_dead_connection()
    {
        Client = await NodeClient.ConnectAsync(
            Proxy.Url, new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 10, pingInterval = 50, pingTimeout = 500 });

        Proxy.HalfOpen();

        (await Client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("silent");
        await Client.StateAsync("open");
        await Client.EmitAsync("alive");
        (await Client.HandledAsync(1)).Should().Equal("alive");
    }

    [Test]
    public async Task Notices_that_an_attempt_gets_no_answer()
    {
        Proxy.Stall();
        Client = await NodeClient.StartAsync(Proxy.Url, new { retryDelay = 10, connectTimeout = 500 });

        (await Client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("500 ms");

        Proxy.Resume();
        await Client.StateAsync("open");
    }

    [Test]
    public async Task One_connection_per_client()
    {
        Client = await NodeClient.ConnectAsync(Proxy.Url, new { session = "alice", retryDelay = 1 });
        for (int i = 0; i < 5; i++)
        {
            Proxy.Cut();
            await Client.StateAsync("waiting");
            await Client.DoAsync("wake");
            await Client.DoAsync("wake");
            await Client.StateAsync("open");
        }

        (await Client.StatusAsync()).GetProperty("sockets").GetInt32().Should().Be(1);
        (await Client.SoFarAsync("takeover")).Should().BeEmpty();
    }

    [Test]
    public async Task Asks_for_token_at_every_connect()
    {
        List<string?> tokens = [];
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeConnect = request =>
        {
            tokens.Add(request.Token);
            return new(true);
        });
        Proxy.PointTo(server.Url);
        Client = await NodeClient.ConnectAsync(Proxy.Url, new { retryDelay = 10 }, new { countsTokens = true, tokenFails = 1 });
        Proxy.Cut();
        await Client.NextAsync("welcome");

        (await Client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("no token today");
        tokens.Should().Equal("t2", "t3");
    }

    [Test]
    public async Task Renews_token_before_it_expires()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TokenServer.StartAsync(clock);
        string?[] tokens =
        [
            TokenServer.Token(new { join = "a" }, seconds: 100), TokenServer.Token(new { join = new[] { "a", "b" } }, seconds: 200),
            null, TokenServer.Token(seconds: 500),
        ];
        Client = await NodeClient.ConnectAsync(server.Url, new { rooms = new[] { "a" } }, new { tokenList = tokens, frames = true });

        (await Client.NextAsync("opening")).GetProperty("opening").GetString().Should().NotContain("ey", "a token is in no address");
        clock.Advance(TimeSpan.FromSeconds(70));
        (await Client.NextAsync("sent")).GetProperty("sent").GetProperty("token").GetString().Should().Be(tokens[1]);
        await Client.DoAsync("join", new { room = "b" });
        (await Client.NextAsync("joined")).TryGetProperty("failed", out _).Should().BeFalse("the new token allows it");

        clock.Advance(TimeSpan.FromSeconds(100));
        (await Client.NextAsync("error")).GetProperty("detail").GetProperty("code").GetString().Should().Be("token_failed");
        await Client.StateAsync("open");
        clock.Advance(TimeSpan.FromSeconds(60));
        (await Client.StateAsync("waiting")).GetProperty("code").GetInt32().Should().Be(4003);
        await Client.StateAsync("open");
    }

    [Test]
    public async Task Stays_closed_when_a_token_that_is_no_function_has_expired()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TokenServer.StartAsync(clock);
        Client = await NodeClient.ConnectAsync(server.Url, new { token = TokenServer.Token() });

        clock.Advance(TimeSpan.FromSeconds(90));

        (await Client.StateAsync("closed")).GetProperty("code").GetInt32().Should().Be(4003);
    }

    private async Task<List<long>> DelaysAsync(int count)
    {
        List<long> delays = [];
        while (delays.Count < count)
        {
            JsonElement line = await Client!.NextAsync("state");
            if (line.GetProperty("detail").GetProperty("status").GetString() == "waiting")
            {
                double delay = line.GetProperty("detail").GetProperty("until").GetDouble() - line.GetProperty("at").GetDouble();
                // A slow machine prints it a little later than it was computed.
                delays.Add((long)Math.Ceiling(delay / 50) * 50);
            }
        }

        return delays;
    }

    private async Task<List<JsonElement>> TakeAsync(int count)
    {
        List<JsonElement> states = [];
        while (states.Count < count)
        {
            states.Add((await Client!.NextAsync("state")).GetProperty("detail"));
        }

        return states;
    }
}
