using System.Text.Json;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.SocketIO.EndToEnd;

namespace MessageQueue.Tests.Tokens;

/// <summary>Users' tokens of stock Socket.IO clients.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class SocketIOTokenTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task A_token_comes_in_auth_and_says_what_the_client_may_do()
    {
        await using SocketIOWorld world = await StartAsync();
        NodeClient ann = await world.ConnectAsync(auth: new { token = TokenServer.Token(new { join = "lobby" }) });

        ann.Id.Should().Be("ann");
        (await ann.AskAsync("mq:join", "lobby")).Should().BeEmpty();
        (await ann.AskAsync("mq:join", "other"))[0].GetProperty("error").GetProperty("code").GetString().Should().Be("forbidden");
    }

    [Test]
    public async Task A_refused_token_is_a_connect_error_with_the_reason()
    {
        await using SocketIOWorld world = await StartAsync();

        (await RefusedAsync(world, TokenServer.Token(seconds: -60))).Should().Be("the token has expired");
        (await RefusedAsync(world, TokenServer.Token()[..^3] + "abc")).Should().Be("not allowed: the token's signature is wrong");
        (await RefusedAsync(world, TokenServer.Token(new { namespaces = "/chat" })))
            .Should().Be("not allowed: the token does not allow this namespace");
    }

    [Test]
    public async Task A_client_is_told_that_its_token_expires_and_sends_another_one()
    {
        await using SocketIOWorld world = await StartAsync();
        NodeClient ann = await world.ConnectAsync(auth: new { token = TokenServer.Token(seconds: 100) });

        _clock.Advance(TimeSpan.FromSeconds(70));
        JsonElement told = await ann.EventAsync();
        told.GetProperty("event").GetString().Should().Be("mq:expiring");
        NodeClient.Args(told)[0].GetRawText().Should().Be("""{"in":60000}""");
        (await ann.AskAsync("mq:token", "nonsense"))[0].GetProperty("error").GetProperty("message").GetString()
            .Should().Contain("not a signed JWT");
        (await ann.AskAsync("mq:token", 1))[0].GetProperty("error").GetProperty("code").GetString().Should().Be("bad_message");
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await ann.AskAsync("mq:token", TokenServer.Token(new { join = "new" }, seconds: 300))).Should().BeEmpty();

        (await ann.AskAsync("mq:join", "new")).Should().BeEmpty();
        _clock.Advance(TimeSpan.FromSeconds(100));
        (await ann.AskAsync("echo", 1))[0].GetInt32().Should().Be(1, "it is still connected");
    }

    [Test]
    public async Task A_client_whose_token_has_expired_loses_its_connection_and_comes_back()
    {
        await using SocketIOWorld world = await StartAsync();
        NodeClient ann = await world.ConnectAsync(auth: new { token = TokenServer.Token(seconds: 100) });

        _clock.Advance(TimeSpan.FromSeconds(130));

        (await ann.DisconnectedAsync()).Should().Be("transport close");
        (await ann.RefusedAsync()).Should().Be("the token has expired", "it presents the same token again");
    }

    private Task<SocketIOWorld> StartAsync() => SocketIOWorld.HandlingAsync(
        server => server.Of("/").On<int>("echo", (_, number) => Task.FromResult<object?>(number)),
        options =>
        {
            options.RoomEvents = true;
            options.PingInterval = TimeSpan.FromDays(20);
            options.ReceiptInterval = TimeSpan.FromDays(20);
        },
        options =>
        {
            options.TimeProvider = _clock;
            options.PingInterval = TimeSpan.FromDays(20);
            options.IdleTimeout = TimeSpan.FromDays(21);
            options.Tokens.Secret = TestKeys.Secret;
        });

    private static async Task<string> RefusedAsync(SocketIOWorld world, string token)
    {
        NodeClient client = await world.Page.OpenAsync(world.Network.Url, NodeTransport.WebSocket.Options(), new { token });
        return await client.RefusedAsync();
    }
}
