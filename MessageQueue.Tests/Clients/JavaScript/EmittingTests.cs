using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>How the JavaScript client emits, and how it closes. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EmittingTests : IAsyncDisposable
{
    private static readonly object ToLobby = new { to = "lobby" };

    private TestServer _server = null!;
    private FaultProxy _proxy = null!;
    private EventClient _bob = null!;
    private NodeClient? _client;

    [SetUp]
    public async Task SetUp()
    {
        Requires.NodeWebSocket();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_bob is not null)
        {
            await (_client?.DisposeAsync() ?? ValueTask.CompletedTask);
            await _bob.DisposeAsync();
            await _proxy.DisposeAsync();
            await _server.DisposeAsync();
        }
    }

    [Test]
    public async Task Emits_complete_when_durable()
    {
        await ConnectAsync();

        JsonElement emitted = await _client!.EmitAsync("hello");

        JsonElement received = await _bob.NextAsync("event");
        received.GetProperty("data").GetString().Should().Be("hello");
        received.Id().Should().Be(emitted.GetProperty("value").GetInt64());
    }

    [Test]
    public async Task Calls_return_the_answer()
    {
        await RestartAsync(null, server => server.Of("/").On<int>("double", (_, number) => Task.FromResult<object?>(2 * number)));
        await ConnectAsync();

        (await _client!.EmitAsync(21, new { }, "double")).GetProperty("value").GetInt32().Should().Be(42);
        (await _client.EmitAsync(21, new { }, "nothing")).GetProperty("failed").GetString().Should().Be("unhandled");
    }

    [Test]
    public async Task Emits_in_order()
    {
        _proxy.Refuses = true;
        _client = await NodeClient.StartAsync(_proxy.Url, new { session = "alice", retryDelay = 10 });
        // More than may be unanswered, and a room that is joined in between.
        await _client.DoAsync("emitMany", new { count = 300, options = ToLobby });
        await _client.DoAsync("join", new { room = "side" });
        await _client.DoAsync("emit", new { data = "mine", options = new { to = new[] { "side", "lobby" } } });
        await _client.StateAsync("waiting");
        _proxy.Refuses = false;
        await _client.DoAsync("emitMany", new { count = 300, from = 300, options = ToLobby });

        (await BobGetsAsync(601)).Should().Equal(
            [.. Enumerable.Range(0, 300).Select(i => $"{i}"), "mine", .. Enumerable.Range(300, 300).Select(i => $"{i}")]);
        (await _client.HandledAsync(1)).Should().Equal("mine");
    }

    [Test]
    public async Task Repeats_emits_until_answered()
    {
        await ConnectAsync();
        _proxy.CutAfter(1);
        await _client!.DoAsync("emitMany", new { count = 3, options = ToLobby });

        List<long> numbers = [];
        for (int i = 0; i < 3; i++)
        {
            numbers.Add((await _client.NextAsync("emitted")).GetProperty("value").GetInt64());
        }

        await _client.StateAsync("waiting");
        (await _bob.NextIdsAsync(3)).Should().Equal(numbers);
        await _bob.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task Refused_emit_fails()
    {
        await RestartAsync(options =>
        {
            options.MaxMessageBytes = 4096;
            options.AuthorizeEmit = request => new(!request.To.Contains("secret"));
        });
        await ConnectAsync();

        (await _client!.EmitAsync("x", new { to = "secret" })).GetProperty("failed").GetString().Should().Be("forbidden");
        JsonElement told = await _client.NextAsync("refused");
        told.GetProperty("error").GetProperty("code").GetString().Should().Be("forbidden");
        told.GetProperty("detail").GetProperty("data").GetString().Should().Be("x");
        (await _client.EmitAsync(new string('é', 3000))).GetProperty("failed").GetString().Should().Be("too_large");
        (await _client.EmitAsync("y")).GetProperty("value").GetInt64().Should().BePositive();
        (await _client.SoFarAsync("opening")).Should().HaveCount(1);
    }

    [Test]
    public async Task Repeats_what_is_refused_for_now()
    {
        await RestartAsync(options =>
        {
            options.MaxMessagesPerSecond = 50;
            options.MessageBurst = 5;
        });
        await ConnectAsync();
        await _client!.DoAsync("emitMany", new { count = 20, options = ToLobby });

        (await BobGetsAsync(20)).Should().BeEquivalentTo(Enumerable.Range(0, 20).Select(i => $"{i}"));
        for (int i = 0; i < 20; i++)
        {
            (await _client.NextAsync("emitted")).GetProperty("value").ValueKind.Should().Be(JsonValueKind.Number);
        }

        (await _client.NextAsync("repeating")).GetProperty("detail").GetProperty("code").GetString().Should().Be("rate_limited");
        (await _client.SoFarAsync("refused")).Should().BeEmpty();
    }

    [Test]
    public async Task Outbox_is_bounded()
    {
        _proxy.Refuses = true;
        _client = await NodeClient.StartAsync(_proxy.Url, new { session = "alice", retryDelay = 10, maxOutbox = 3, maxOutboxBytes = 1000 });
        await _client.DoAsync("emitMany", new { count = 4, options = ToLobby });

        JsonElement full = await _client.NextAsync("emitted");
        full.GetProperty("emitted").GetString().Should().Be("3");
        full.GetProperty("failed").GetString().Should().Be("outbox_full");
        (await _client.NextAsync("overflow")).GetProperty("detail").GetProperty("data").GetInt32().Should().Be(3);

        _proxy.Refuses = false;
        (await BobGetsAsync(3)).Should().Equal("0", "1", "2");
        await _client.DrainAsync();
        await _client.SoFarAsync("emitted");
        (await _client.EmitAsync(new string('x', 2000))).GetProperty("failed").GetString().Should().Be("outbox_full", "it is too much text");
        (await _client.EmitAsync("y")).GetProperty("value").GetInt64().Should().BePositive();
    }

    [Test]
    public async Task Outbox_on_disk()
    {
        using TemporaryDirectory directory = new();
        object driver = new { outboxFile = directory.Combine("outbox") };
        await ConnectAsync(driver);
        await _client!.EmitAsync(0);
        _proxy.Refuses = true;
        _proxy.Cut();
        await _client.StateAsync("waiting");
        await _client.DoAsync("emitMany", new { count = 3, from = 1, options = ToLobby });
        await _client.StatusAsync();
        _client.Kill();
        await _client.DisposeAsync();

        _proxy.Refuses = false;
        await ConnectAsync(driver);
        await _client.EmitAsync(4);

        (await BobGetsAsync(5)).Should().Equal("0", "1", "2", "3", "4");
        await _client.DrainAsync();
        await _client.DisposeAsync();
        await ConnectAsync(driver);
        (await _client.StatusAsync()).GetProperty("unsent").GetInt32().Should().Be(0, "what was answered is removed");
    }

    [Test]
    public async Task Volatile_emits()
    {
        object options = new { to = "lobby", @volatile = true };
        await ConnectAsync();
        (await _client!.EmitAsync("now", options)).GetProperty("value").ValueKind.Should().Be(JsonValueKind.Null);
        (await _bob.NextAsync("event")).TryGetProperty("id", out _).Should().BeFalse();

        _proxy.Stall();
        await _client.DoAsync("emit", new { data = "lost", options });
        await _client.StatusAsync();
        _proxy.Refuses = true;
        _proxy.Cut();
        (await _client.NextAsync("emitted")).GetProperty("failed").GetString().Should().Be("not_connected");
        await _client.StateAsync("waiting");
        (await _client.EmitAsync("offline", options)).GetProperty("failed").GetString().Should().Be("not_connected");
    }

    [Test]
    public async Task Knows_what_waits()
    {
        _proxy.Refuses = true;
        _client = await NodeClient.StartAsync(_proxy.Url, new { session = "alice", retryDelay = 10 });
        await _client.DoAsync("emitMany", new { count = 2, options = ToLobby });
        await _client.DoAsync("join", new { room = "side" });
        (await _client.StatusAsync()).GetProperty("unsent").GetInt32().Should().Be(3);

        _proxy.Refuses = false;

        await _client.NextAsync("joined");
        while ((await _client.NextAsync("counts")).GetProperty("detail").GetProperty("unsent").GetInt32() > 0)
        {
        }
    }

    [Test]
    public async Task Close_waits_up_to_a_limit()
    {
        _client = await NodeClient.ConnectAsync(_proxy.Url, new { session = "alice", rooms = new[] { "side" } });
        await _client.DoAsync("hold", new { data = "slow" });
        await _bob.EmitAsync("side", "chat", "slow");
        await _client.NextAsync("begun");
        await _client.DoAsync("emit", new { data = "last", options = ToLobby });
        await _client.DoAsync("close", new { timeout = 60_000 });
        (await _client.EmitAsync("too late", new { to = "lobby" })).GetProperty("failed").GetString().Should().Be("closed");
        (await _client.NextAsync("emitted")).GetProperty("emitted").GetString().Should().Be("last");
        (await _client.SoFarAsync("closed")).Should().BeEmpty("a handler runs");

        await _client.DoAsync("release", new { data = "slow" });

        await _client.NextAsync("closed");
        await using EventClient alice = await _server.ConnectAsync("session=alice");
        alice.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task Close_fails_what_is_left_at_the_limit()
    {
        _proxy.Refuses = true;
        _client = await NodeClient.StartAsync(_proxy.Url, new { session = "alice", retryDelay = 10 });
        await _client.DoAsync("emit", new { data = "unsent", options = ToLobby });

        await _client.DoAsync("close", new { timeout = 50 });

        (await _client.NextAsync("emitted")).GetProperty("failed").GetString().Should().Be("closed");
        (await _client.NextAsync("closed")).GetProperty("closed").GetProperty("status").GetString().Should().Be("closed");
    }

    private async Task ConnectAsync(object? driver = null) =>
        _client = await NodeClient.ConnectAsync(_proxy.Url, new { session = "alice", retryDelay = 10 }, driver);

    private async Task<List<string>> BobGetsAsync(int count)
    {
        List<string> data = [];
        while (data.Count < count)
        {
            JsonElement received = await _bob.NextAsync("event");
            data.Add(received.GetProperty("data").ToString());
            await _bob.SendAsync(new { type = "ack", id = received.Id() });
        }

        return data;
    }

    private async Task StartAsync(Action<MessageQueueOptions>? configure = null, Action<MessageQueueServer>? handle = null)
    {
        _server = await TestServer.HandlingAsync(handle ?? (static _ => { }), configure);
        _proxy = new FaultProxy(_server.Url);
        _bob = await _server.ConnectAsync("session=bob&room=lobby");
    }

    private async Task RestartAsync(Action<MessageQueueOptions>? configure, Action<MessageQueueServer>? handle = null)
    {
        await DisposeAsync();
        await StartAsync(configure, handle);
    }
}
