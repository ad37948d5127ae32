using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>How the JavaScript client connects and comes back. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConnectionTests : IAsyncDisposable
{
    private static readonly object Fast = new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 10 };

    private TestServer _server = null!;
    private FaultProxy _proxy = null!;
    private NodeClient? _client;

    [SetUp]
    public async Task SetUp()
    {
        Requires.NodeWebSocket();
        _server = await TestServer.StartAsync();
        _proxy = new FaultProxy(_server.Url);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
            await _proxy.DisposeAsync();
            await _server.DisposeAsync();
        }
    }

    [Test]
    public async Task Connects_at_once_in_background()
    {
        _proxy.Refuses = true;
        _client = await NodeClient.StartAsync(_proxy.Url, new { retryDelay = 10 });
        await _client.DoAsync("join", new { room = "lobby" });
        await _client.DoAsync("emit", new { data = "early", options = new { to = "lobby" } });
        await _client.StateAsync("waiting");

        _proxy.Refuses = false;

        (await _client.HandledAsync(1)).Should().Equal("early");
    }

    [Test]
    public async Task States_are_told()
    {
        _client = await NodeClient.ConnectAsync(_proxy.Url, Fast);
        _proxy.Cut();
        await _client.NextAsync("welcome");
        await using EventClient other = await _server.ConnectAsync("session=alice");

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
        _proxy.Refuses = true;
        _client = await NodeClient.StartAsync(
            _proxy.Url, new { retryDelay = 100, maxRetryDelay = 300, stableAfter = 0 }, new { random = 0.5 });

        // Half of 100, 200, then of the maximum.
        (await DelaysAsync(4)).Should().Equal(50, 100, 150, 150);

        _proxy.Refuses = false;
        await _client.StateAsync("open");
        _proxy.Cut();
        (await DelaysAsync(1)).Should().Equal(50);
    }

    [Test]
    public async Task A_server_in_trouble_is_given_more_time()
    {
        await using TestServer busy = await TestServer.StartAsync(options => options.MaxConnections = 1);
        await using EventClient other = await busy.ConnectAsync();

        _client = await NodeClient.StartAsync(busy.Url, new { retryDelay = 100 }, new { random = 0.5 });

        (await DelaysAsync(1)).Should().Equal(400);
    }

    [Test]
    public async Task Returns_at_once_when_network_returns()
    {
        _proxy.Refuses = true;
        _client = await NodeClient.StartAsync(
            _proxy.Url, new { retryDelay = 1_000_000, maxRetryDelay = 1_000_000, pingTimeout = 200 }, new { random = 0.9 });
        await _client.StateAsync("waiting");

        _proxy.Refuses = false;
        await _client.DoAsync("online");
        await _client.StateAsync("open");

        // A connection that looks open is checked.
        _proxy.HalfOpen();
        await _client.DoAsync("online");
        (await _client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("silent");
        await _client.DoAsync("wake");
        await _client.StateAsync("open");
    }

    [TestCase(1008)]
    [TestCase(4001)]
    [TestCase(4002)]
    public async Task Stays_closed_after_1008_4001_4002(int code)
    {
        bool isAllowed = code != 1008;
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeConnect = _ => new(isAllowed));
        // Without a delay, so that it would be back before the test looks.
        _client = await NodeClient.StartAsync(server.Url, new { session = "alice", mode = "shared", retryDelay = 1 }, new { random = 0 });
        if (isAllowed)
        {
            await _client.StateAsync("open");
            await using EventClient other = await server.ConnectAsync(code == 4001 ? "session=alice" : "session=alice&mode=shared");
            await other.SendAsync(code == 4001 ? new { type = "ping" } : new { type = "end" });
        }

        (await _client.StateAsync("closed")).GetProperty("code").GetInt32().Should().Be(code);
        (await _client.SoFarAsync("opening")).Should().HaveCount(1);
        (await _client.SoFarAsync("state")).Should().BeEmpty();

        isAllowed = true;
        await _client.DoAsync("wake");
        await _client.StateAsync("open");
    }

    [Test]
    public async Task Notices_a_dead_connection()
    {
        _client = await NodeClient.ConnectAsync(
            _proxy.Url, new { session = "alice", rooms = new[] { "lobby" }, retryDelay = 10, pingInterval = 50, pingTimeout = 500 });

        _proxy.HalfOpen();

        (await _client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("silent");
        await _client.StateAsync("open");
        await _client.EmitAsync("alive");
        (await _client.HandledAsync(1)).Should().Equal("alive");
    }

    [Test]
    public async Task Notices_that_an_attempt_gets_no_answer()
    {
        _proxy.Stall();
        _client = await NodeClient.StartAsync(_proxy.Url, new { retryDelay = 10, connectTimeout = 500 });

        (await _client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("500 ms");

        _proxy.Resume();
        await _client.StateAsync("open");
    }

    [Test]
    public async Task One_connection_per_client()
    {
        _client = await NodeClient.ConnectAsync(_proxy.Url, new { session = "alice", retryDelay = 1 });
        for (int i = 0; i < 5; i++)
        {
            _proxy.Cut();
            await _client.StateAsync("waiting");
            await _client.DoAsync("wake");
            await _client.DoAsync("wake");
            await _client.StateAsync("open");
        }

        (await _client.StatusAsync()).GetProperty("sockets").GetInt32().Should().Be(1);
        (await _client.SoFarAsync("takeover")).Should().BeEmpty();
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
        _proxy.PointTo(server.Url);
        _client = await NodeClient.ConnectAsync(_proxy.Url, new { retryDelay = 10 }, new { countsTokens = true, tokenFails = 1 });
        _proxy.Cut();
        await _client.NextAsync("welcome");

        (await _client.StateAsync("waiting")).GetProperty("reason").GetString().Should().Contain("no token today");
        tokens.Should().Equal("t2", "t3");
    }

    private async Task<List<long>> DelaysAsync(int count)
    {
        List<long> delays = [];
        while (delays.Count < count)
        {
            JsonElement line = await _client!.NextAsync("state");
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
            states.Add((await _client!.NextAsync("state")).GetProperty("detail"));
        }

        return states;
    }
}
