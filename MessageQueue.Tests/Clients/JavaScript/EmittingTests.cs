using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>How the JavaScript client emits, and how it closes. The names are the cases of docs/clients.md.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class EmittingTests : NodeTests
{
    private static readonly object ToLobby = new { to = "lobby" };

    [Test]
    public async Task Emits_complete_when_durable()
    {
        await ConnectAsync();

        JsonElement emitted = await Client!.EmitAsync("hello");

        JsonElement received = await Bob.NextAsync("event");
        received.GetProperty("data").GetString().Should().Be("hello");
        received.Id().Should().Be(emitted.GetProperty("value").GetInt64());
    }

    [Test]
    public async Task Calls_return_the_answer()
    {
        await RestartAsync(null, server => server.Of("/").On<int>("double", (_, number) => Task.FromResult<object?>(2 * number)));
        await ConnectAsync();

        (await Client!.EmitAsync(21, new { }, "double")).GetProperty("value").GetInt32().Should().Be(42);
        (await Client.EmitAsync(21, new { }, "nothing")).GetProperty("failed").GetString().Should().Be("unhandled");
    }

    [Test]
    public async Task Emits_in_order()
    {
        Proxy.Refuses = true;
        Client = await NodeClient.StartAsync(Proxy.Url, new { session = "alice", retryDelay = 10 });
        // More than may be unanswered, and a room that is joined in between.
        await Client.DoAsync("emitMany", new { count = 300, options = ToLobby });
        await Client.DoAsync("join", new { room = "side" });
        await Client.DoAsync("emit", new { data = "mine", options = new { to = new[] { "side", "lobby" } } });
        await Client.StateAsync("waiting");
        Proxy.Refuses = false;
        await Client.DoAsync("emitMany", new { count = 300, from = 300, options = ToLobby });

        (await BobGetsAsync(601)).Should().Equal(
            [.. Enumerable.Range(0, 300).Select(i => $"{i}"), "mine", .. Enumerable.Range(300, 300).Select(i => $"{i}")]);
        (await Client.HandledAsync(1)).Should().Equal("mine");
    }

    [Test]
    public async Task Repeats_emits_until_answered()
    {
        await ConnectAsync();
        Proxy.CutAfter(1);
        await Client!.DoAsync("emitMany", new { count = 3, options = ToLobby });

        List<long> numbers = [];
        for (int i = 0; i < 3; i++)
        {
            numbers.Add((await Client.NextAsync("emitted")).GetProperty("value").GetInt64());
        }

        await Client.StateAsync("waiting");
        (await Bob.NextIdsAsync(3)).Should().Equal(numbers);
        await Bob.ShouldHaveNoEventAsync();
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

        (await Client!.EmitAsync("x", new { to = "secret" })).GetProperty("failed").GetString().Should().Be("forbidden");
        JsonElement told = await Client.NextAsync("refused");
        told.GetProperty("error").GetProperty("code").GetString().Should().Be("forbidden");
        told.GetProperty("detail").GetProperty("data").GetString().Should().Be("x");
        (await Client.EmitAsync(new string('é', 3000))).GetProperty("failed").GetString().Should().Be("too_large");
        (await Client.EmitAsync("y")).GetProperty("value").GetInt64().Should().BePositive();
        (await Client.SoFarAsync("opening")).Should().HaveCount(1);
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
        await Client!.DoAsync("emitMany", new { count = 20, options = ToLobby });

        (await BobGetsAsync(20)).Should().BeEquivalentTo(Enumerable.Range(0, 20).Select(i => $"{i}"));
        for (int i = 0; i < 20; i++)
        {
            (await Client.NextAsync("emitted")).GetProperty("value").ValueKind.Should().Be(JsonValueKind.Number);
        }

        (await Client.NextAsync("repeating")).GetProperty("detail").GetProperty("code").GetString().Should().Be("rate_limited");
        (await Client.SoFarAsync("refused")).Should().BeEmpty();
    }

    [Test]
    public async Task Outbox_is_bounded()
    {
        Proxy.Refuses = true;
        Client = await NodeClient.StartAsync(Proxy.Url, new { session = "alice", retryDelay = 10, maxOutbox = 3, maxOutboxBytes = 1000 });
        await Client.DoAsync("emitMany", new { count = 4, options = ToLobby });

        JsonElement full = await Client.NextAsync("emitted");
        full.GetProperty("emitted").GetString().Should().Be("3");
        full.GetProperty("failed").GetString().Should().Be("outbox_full");
        (await Client.NextAsync("overflow")).GetProperty("detail").GetProperty("data").GetInt32().Should().Be(3);

        Proxy.Refuses = false;
        (await BobGetsAsync(3)).Should().Equal("0", "1", "2");
        await Client.DrainAsync();
        await Client.SoFarAsync("emitted");
        (await Client.EmitAsync(new string('x', 2000))).GetProperty("failed").GetString().Should().Be("outbox_full", "it is too much text");
        (await Client.EmitAsync("y")).GetProperty("value").GetInt64().Should().BePositive();
    }

    [Test]
    public async Task Outbox_on_disk()
    {
        using TemporaryDirectory directory = new();
        object driver = new { outboxFile = directory.Combine("outbox") };
        await ConnectAsync(driver);
        await Client!.EmitAsync(0);
        Proxy.Refuses = true;
        Proxy.Cut();
        await Client.StateAsync("waiting");
        await Client.DoAsync("emitMany", new { count = 3, from = 1, options = ToLobby });
        await Client.StatusAsync();
        Client.Kill();
        await Client.DisposeAsync();

        Proxy.Refuses = false;
        await ConnectAsync(driver);
        await Client.EmitAsync(4);

        (await BobGetsAsync(5)).Should().Equal("0", "1", "2", "3", "4");
        await Client.DrainAsync();
        await Client.DisposeAsync();
        await ConnectAsync(driver);
        (await Client.StatusAsync()).GetProperty("unsent").GetInt32().Should().Be(0, "what was answered is removed");
    }

    [Test]
    public async Task Volatile_emits()
    {
        object options = new { to = "lobby", @volatile = true };
        await ConnectAsync();
        (await Client!.EmitAsync("now", options)).GetProperty("value").ValueKind.Should().Be(JsonValueKind.Null);
        (await Bob.NextAsync("event")).TryGetProperty("id", out _).Should().BeFalse();

        Proxy.Stall();
        await Client.DoAsync("emit", new { data = "lost", options });
        await Client.StatusAsync();
        Proxy.Refuses = true;
        Proxy.Cut();
        (await Client.NextAsync("emitted")).GetProperty("failed").GetString().Should().Be("not_connected");
        await Client.StateAsync("waiting");
        (await Client.EmitAsync("offline", options)).GetProperty("failed").GetString().Should().Be("not_connected");
    }

    [Test]
    public async Task Knows_what_waits()
    {
        Proxy.Refuses = true;
        Client = await NodeClient.StartAsync(Proxy.Url, new { session = "alice", retryDelay = 10 });
        await Client.DoAsync("emitMany", new { count = 2, options = ToLobby });
        await Client.DoAsync("join", new { room = "side" });
        (await Client.StatusAsync()).GetProperty("unsent").GetInt32().Should().Be(3);

        Proxy.Refuses = false;

        await Client.NextAsync("joined");
        while ((await Client.NextAsync("counts")).GetProperty("detail").GetProperty("unsent").GetInt32() > 0)
        {
        }
    }

    [Test]
    public async Task Close_waits_up_to_a_limit()
    {
        Client = await NodeClient.ConnectAsync(Proxy.Url, new { session = "alice", rooms = new[] { "side" } });
        await Client.DoAsync("hold", new { data = "slow" });
        await Bob.EmitAsync("side", "chat", "slow");
        await Client.NextAsync("begun");
        await Client.DoAsync("emit", new { data = "last", options = ToLobby });
        await Client.DoAsync("close", new { timeout = 60_000 });
        (await Client.EmitAsync("too late", new { to = "lobby" })).GetProperty("failed").GetString().Should().Be("closed");
        (await Client.NextAsync("emitted")).GetProperty("emitted").GetString().Should().Be("last");
        (await Client.SoFarAsync("closed")).Should().BeEmpty("a handler runs");

        await Client.DoAsync("release", new { data = "slow" });

        await Client.NextAsync("closed");
        await using EventClient alice = await Server.ConnectAsync("session=alice");
        alice.Welcome.GetProperty("pending").GetInt32().Should().Be(0);
    }

    [Test]
    public async Task Close_fails_what_is_left_at_the_limit()
    {
        Proxy.Refuses = true;
        Client = await NodeClient.StartAsync(Proxy.Url, new { session = "alice", retryDelay = 10 });
        await Client.DoAsync("emit", new { data = "unsent", options = ToLobby });

        await Client.DoAsync("close", new { timeout = 50 });

        (await Client.NextAsync("emitted")).GetProperty("failed").GetString().Should().Be("closed");
        (await Client.NextAsync("closed")).GetProperty("closed").GetProperty("status").GetString().Should().Be("closed");
    }

    private async Task ConnectAsync(object? driver = null) =>
        Client = await NodeClient.ConnectAsync(Proxy.Url, new { session = "alice", retryDelay = 10 }, driver);

    private async Task<List<string>> BobGetsAsync(int count)
    {
        List<string> data = [];
        while (data.Count < count)
        {
            JsonElement received = await Bob.NextAsync("event");
            data.Add(received.GetProperty("data").ToString());
            await Bob.SendAsync(new { type = "ack", id = received.Id() });
        }

        return data;
    }
}
