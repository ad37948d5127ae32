using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Tokens;

/// <summary>Tokens that expire on an open connection, and those that replace them.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenRefreshTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task A_connection_is_told_before_its_token_expires_and_closed_with_4003_when_it_has()
    {
        await using TestServer server = await StartAsync();
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token(seconds: 100));

        _clock.Advance(TimeSpan.FromSeconds(69));
        await ann.PingAsync();
        ann.Frames("expiring").TryRead(out _).Should().BeFalse();
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await ann.NextAsync("expiring")).GetRawText().Should().Be("""{"type":"expiring","in":40000}""", "10 s are the leeway");
        _clock.Advance(TimeSpan.FromSeconds(39));
        await ann.PingAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));

        (await ann.CloseCodeAsync()).Should().Be(4003);
        ann.CloseReason.Should().Be("the token has expired");
    }

    [Test]
    public async Task A_token_of_a_short_life_is_told_at_once_and_with_a_notice_of_zero_nothing_is_told()
    {
        await using TestServer server = await StartAsync();
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token(seconds: 20));
        (await ann.NextAsync("expiring")).GetProperty("in").GetInt64().Should().Be(30_000);

        await using TestServer silent = await StartAsync(options => options.Tokens.ExpiryNotice = TimeSpan.Zero);
        await using EventClient bob = await silent.ConnectAsync("token=" + TokenServer.Token(seconds: 20));
        _clock.Advance(TimeSpan.FromSeconds(30));
        (await bob.CloseCodeAsync()).Should().Be(4003);
        bob.Frames("expiring").TryRead(out _).Should().BeFalse();
    }

    [Test]
    public async Task A_new_token_keeps_the_connection_open_and_is_told_of_in_its_turn()
    {
        await using TestServer server = await StartAsync();
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token(seconds: 100));
        for (int seconds = 100; seconds < 1000; seconds += 100)
        {
            _clock.Advance(TimeSpan.FromSeconds(70));
            await ann.NextAsync("expiring");
            await SendTokenAsync(ann, TokenServer.Token(seconds: seconds + 100));
            (await ann.NextAsync("ack")).GetRawText().Should().Be("""{"type":"ack","ref":"t"}""");
            _clock.Advance(TimeSpan.FromSeconds(30));
        }

        _clock.Advance(TimeSpan.FromSeconds(110));
        (await ann.CloseCodeAsync()).Should().Be(4003);
    }

    [Test]
    public async Task A_token_that_expires_no_later_than_the_one_before_is_not_told_of_again()
    {
        await using TestServer server = await StartAsync();
        string token = TokenServer.Token(seconds: 100);
        await using EventClient ann = await server.ConnectAsync("token=" + token);
        _clock.Advance(TimeSpan.FromSeconds(80));
        await ann.NextAsync("expiring");

        await SendTokenAsync(ann, token);
        await ann.NextAsync("ack");
        await ann.PingAsync();

        ann.Frames("expiring").TryRead(out _).Should().BeFalse();
        _clock.Advance(TimeSpan.FromSeconds(30));
        (await ann.CloseCodeAsync()).Should().Be(4003);
    }

    [Test]
    public async Task A_new_token_changes_what_is_allowed_from_then_on()
    {
        await using TestServer server = await StartAsync();
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token(new { join = "a" }));
        await ann.SendAsync(new { type = "join", room = "b", id = "1" });
        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");

        await SendTokenAsync(ann, TokenServer.Token(new { join = "b" }));
        await ann.SendAsync(new { type = "join", room = "b", id = "2" });
        await ann.SendAsync(new { type = "join", room = "a", id = "3" });

        (await ann.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("t", "answers come in the order of requests");
        (await ann.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("2");
        (await ann.NextAsync("error")).GetProperty("ref").GetString().Should().Be("3");
    }

    [Test]
    public async Task A_token_that_does_not_replace_the_one_before_is_refused_and_that_one_stays()
    {
        await using TestServer server = await StartAsync();
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token(seconds: 1000));
        foreach ((string token, string reason) in new[]
        {
            (TokenServer.Token(sub: "bob", mq: new { session = "*" }), "of another user"),
            (TokenServer.Token(new { session = "ann:*" }), "does not allow this session"),
            (TokenServer.Token(new { namespaces = "/chat" }), "does not allow this namespace"),
            (TokenServer.Token(seconds: -60), "has expired"),
            (TokenServer.Token()[..^3] + "abc", "signature is wrong"),
            ("s3cret", "not a signed JWT"),
        })
        {
            await SendTokenAsync(ann, token);
            JsonElement error = await ann.NextAsync("error");
            error.GetProperty("code").GetString().Should().Be("forbidden");
            error.GetProperty("ref").GetString().Should().Be("t");
            error.GetProperty("message").GetString().Should().Contain(reason).And.EndWith("; the one from before stays");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        await ann.SendAsync(new { type = "join", room = "lobby", id = "1" });
        (await ann.NextAsync("ack")).GetProperty("ref").GetString().Should().Be("1");
    }

    [Test]
    public async Task A_connection_may_send_one_token_a_second()
    {
        await using TestServer server = await StartAsync();
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token());

        await SendTokenAsync(ann, TokenServer.Token());
        await SendTokenAsync(ann, TokenServer.Token());
        (await ann.NextAsync("error")).GetProperty("code").GetString().Should().Be("rate_limited");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await SendTokenAsync(ann, TokenServer.Token());

        await ann.NextAsync("ack");
        await ann.NextAsync("ack");
    }

    [Test]
    public async Task A_connection_without_a_token_cannot_get_one()
    {
        await using TestServer server = await StartAsync(options => options.AuthorizeConnect = _ => ValueTask.FromResult(true));
        await using EventClient bob = await server.ConnectAsync("session=bob");

        await SendTokenAsync(bob, TokenServer.Token(sub: "bob"));
        (await bob.NextAsync("error")).GetProperty("code").GetString().Should().Be("forbidden");
        await bob.SendAsync("""{"type":"token","id":"x"}""");
        (await bob.NextAsync("error")).GetProperty("message").GetString().Should().Be("`token` is missing: it has to be a signed JWT");
    }

    [Test]
    public async Task A_session_outlives_the_token_and_gets_what_came_meanwhile()
    {
        await using TestServer server = await StartAsync();
        await using EventClient ann = await server.ConnectAsync("room=lobby&token=" + TokenServer.Token(seconds: 10));
        _clock.Advance(TimeSpan.FromSeconds(20));
        (await ann.CloseCodeAsync()).Should().Be(4003);
        await using EventClient bob = await server.ConnectAsync("token=" + TokenServer.Token(sub: "bob"));
        long sent = await bob.EmitAsync("lobby");

        await using EventClient again = await server.ConnectAsync("token=" + TokenServer.Token());

        (await again.NextIdsAsync(1)).Should().Equal([sent]);
    }

    private Task<TestServer> StartAsync(Action<MessageQueueOptions>? configure = null) => TokenServer.StartAsync(_clock, options =>
    {
        options.Tokens.Leeway = TimeSpan.FromSeconds(10);
        configure?.Invoke(options);
    });

    private static Task SendTokenAsync(EventClient client, string token) => client.SendAsync(new { type = "token", token, id = "t" });
}
