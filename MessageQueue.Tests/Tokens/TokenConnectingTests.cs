using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Tokens;

/// <summary>Clients that connect and publish with tokens of their own.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TokenConnectingTests
{
    private readonly ManualTimeProvider _clock = new();

    [Test]
    public async Task A_token_is_presented_in_the_query_as_a_header_or_as_a_sub_protocol()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock);
        string token = TokenServer.Token();

        await using EventClient query = await server.ConnectAsync($"token={token}");
        await using EventClient header = await TokenServer.OpenAsync(
            server, options => options.SetRequestHeader("Authorization", $"Bearer {token}"));
        await using EventClient protocol = await TokenServer.OpenAsync(server, options =>
        {
            options.AddSubProtocol("mq.v1");
            options.AddSubProtocol($"mq.token.{token}");
        });

        query.Welcome.GetProperty("session").GetString().Should().Be("ann", "the token allows only this session");
        (await header.NextAsync("welcome")).GetProperty("session").GetString().Should().Be("ann");
        (await protocol.NextAsync("welcome")).GetProperty("session").GetString().Should().Be("ann");
        protocol.SubProtocol.Should().Be("mq.v1", "a token is never sent back");
    }

    [Test]
    public async Task A_token_that_is_not_the_users_own_is_for_the_app_to_judge()
    {
        await using TestServer server = await TokenServer.StartAsync(
            _clock, options => options.AuthorizeConnect = request => ValueTask.FromResult(request.Token == "s3cret"));
        await using EventClient backend = await TokenServer.OpenAsync(server, options =>
        {
            options.AddSubProtocol("mq.v1");
            options.AddSubProtocol("mq.token.s3cret");
        });
        await backend.NextAsync("welcome");

        await RefusedAsync(server, "token=other", 1008, "not allowed: the token or the session");
        await RefusedAsync(server, "", 1008, "not allowed: the token or the session");
    }

    [Test]
    public async Task A_token_that_is_refused_is_not_passed_on_to_the_app()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock, options => options.AllowEverything());

        string unsigned = TestToken.Sign(new { alg = "none" }, new { sub = "ann" }, _ => []);
        await RefusedAsync(server, "token=" + unsigned, 1008, "not signed with HS256");
        await RefusedAsync(server, "token=eyJhbGciOiJIUzI1NiJ9.e30.x", 1008, "not allowed: the token's signature is wrong");
    }

    [Test]
    public async Task A_refusal_says_what_is_wrong()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock);

        await RefusedAsync(server, $"session=bob&token={TokenServer.Token()}", 1008, "not allowed: the token does not allow this session");
        await RefusedAsync(server, $"token={TokenServer.Token()}", 1008, "not allowed: the token does not allow this namespace", "/chat");
        await RefusedAsync(server, $"room=x&token={TokenServer.Token(new { })}", 1008, "joining one of the rooms is not allowed");
        await RefusedAsync(server, $"watch=x&token={TokenServer.Token(new { join = "x", watch = "y" })}", 1008, "joining one of the rooms");
        await RefusedAsync(server, $"token={TokenServer.Token(seconds: -60)}", 4003, "the token has expired");
        await RefusedAsync(server, $"token={TokenServer.Token(new { join = 1 })}", 1008, "the token's claim mq.join has to be");
    }

    [Test]
    public async Task A_token_with_a_prefix_is_for_several_devices_and_for_sessions_without_a_name()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock);
        string token = TokenServer.Token(new { session = "ann:*" });

        await using EventClient phone = await server.ConnectAsync($"session=ann:phone&token={token}");
        await using EventClient laptop = await server.ConnectAsync($"session=ann:laptop&token={token}");
        await using EventClient tab = await server.ConnectAsync($"token={token}");
        await phone.PingAsync();

        string name = tab.Welcome.GetProperty("session").GetString()!;
        name.Should().StartWith("~");
        await using EventClient again = await server.ConnectAsync($"session={name}&token={token}");
        again.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        await RefusedAsync(server, $"session=bob:phone&token={token}", 1008, "does not allow this session");
    }

    [Test]
    public async Task Joining_watching_and_emitting_are_allowed_by_name()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock);
        await using EventClient ann = await server.ConnectAsync(
            "token=" + TokenServer.Token(new { join = new[] { "lobby", "team-*" }, watch = "lobby", emit = new[] { "lobby", "@bob" } }));
        await using EventClient bob = await server.ConnectAsync("token=" + TokenServer.Token(sub: "bob"));

        (await AnswerAsync(ann, new { type = "join", room = "team-7", id = "r" })).Should().Be("ack");
        (await AnswerAsync(ann, new { type = "join", room = "other", id = "r" })).Should().Be("forbidden");
        (await AnswerAsync(ann, new { type = "watch", room = "lobby", id = "r" })).Should().Be("ack");
        (await AnswerAsync(ann, new { type = "watch", room = "team-7", id = "r" })).Should().Be("forbidden");
        (await AnswerAsync(ann, new { type = "leave", room = "team-7", id = "r" })).Should().Be("ack");
        (await AnswerAsync(ann, new { type = "emit", @event = "e", to = new[] { "lobby", "@bob" }, id = "1" })).Should().Be("ack");
        (await AnswerAsync(ann, new { type = "emit", @event = "e", to = new[] { "lobby", "team-7" }, id = "2" })).Should().Be("forbidden");
        (await AnswerAsync(ann, new { type = "emit", @event = "e", to = "*", id = "3" })).Should().Be("forbidden");
        (await AnswerAsync(ann, new { type = "emit", @event = "e", to = "@ann", @volatile = true, id = "4" })).Should().Be("forbidden");
        (await bob.NextIdsAsync(1)).Should().HaveCount(1);
    }

    [Test]
    public async Task Handlers_see_the_user_of_the_token()
    {
        TaskCompletionSource<string?> user = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TestServer server = await TestServer.HandlingAsync(
            mq => mq.Of("/").On("who", session =>
            {
                user.TrySetResult(session.User.FindFirst("sub")?.Value);
                return Task.FromResult<object?>(null);
            }),
            options =>
            {
                options.TimeProvider = _clock;
                options.Tokens.Secret = TestKeys.Secret;
            });
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token());

        await ann.SendAsync(new { type = "emit", @event = "who" });

        (await user.Task.OrTimeout()).Should().Be("ann");
    }

    [Test]
    public async Task Publishing_without_a_socket_is_held_to_the_token_too()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock);
        await using EventClient ann = await server.ConnectAsync("room=lobby&token=" + TokenServer.Token());
        string own = TokenServer.Token(new { emit = "lobby" });

        (await PublishAsync(server, "to=lobby&event=e", own)).ShouldBeAck();
        (await ann.NextAsync("event")).GetProperty("from").GetString().Should().Be("ann", "it is published as the token's session");
        (await PublishAsync(server, "to=other&event=e", own)).ShouldBeError(403, "forbidden");
        (await PublishAsync(server, "to=lobby&event=e&session=bob", own)).ShouldBeError(401, "forbidden");
        string devices = TokenServer.Token(new { emit = "*", session = "ann:*" });
        (await PublishAsync(server, "to=lobby&event=e", devices)).ShouldBeError(401, "forbidden");
        HttpReply expired = await PublishAsync(server, "to=lobby&event=e", TokenServer.Token(seconds: -60));
        expired.ShouldBeError(401, "forbidden");
        expired.Body.GetProperty("message").GetString().Should().Be("the token has expired");
        expired.Headers.WwwAuthenticate.ToString().Should().Be("Bearer");

        (await PublishAsync(server, "to=lobby&event=e", TokenServer.Token(new { emit = "*", session = "*" }))).ShouldBeAck();
        (await ann.NextAsync("event")).TryGetProperty("from", out _).Should().BeFalse();
    }

    [Test]
    public async Task An_operators_token_says_whether_it_may_change_anything()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock);
        await using EventClient ann = await server.ConnectAsync("token=" + TokenServer.Token());

        (await OperateAsync(server, HttpMethod.Get, TokenServer.Token())).ShouldBeError(401, "forbidden");
        HttpReply read = await OperateAsync(server, HttpMethod.Get, TokenServer.Token(new { operate = "read" }));
        read.Body.GetProperty("total").GetInt32().Should().Be(1);
        HttpReply refused = await OperateAsync(server, HttpMethod.Delete, TokenServer.Token(new { operate = "read" }));
        refused.ShouldBeError(401, "forbidden");
        refused.Body.GetProperty("message").GetString().Should().Be("not allowed: the token does not allow this operation");
        (await ReadMetricsAsync(server, TokenServer.Token(new { operate = "read" }))).Should().Be(HttpStatusCode.OK);
        (await ReadMetricsAsync(server, TokenServer.Token())).Should().Be(HttpStatusCode.Unauthorized);
        await ann.PingAsync();

        HttpReply ended = await OperateAsync(server, HttpMethod.Delete, TokenServer.Token(new { operate = "write" }));
        ((int)ended.Status).Should().Be(200);
        (await ann.CloseCodeAsync()).Should().Be(4002);
    }

    [Test]
    public async Task The_app_finds_the_token_wherever_it_came_and_no_log_has_it()
    {
        List<string?> found = [];
        LoggedLines log = new();
        using ILoggerFactory loggers = LoggerFactory.Create(
            logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new LineProvider(log)));
        MessageQueueOptions options = new() { Url = "http://127.0.0.1:0", Durability = Durability.Memory };
        options.Tokens.Secret = TestKeys.Secret;
        await using MessageQueueServer server = await MessageQueueServer.StartAsync(
            options,
            mq => mq.Of("/").UseConnect((context, next) =>
            {
                found.Add(context.Handshake.Token);
                return next();
            }),
            loggers);
        string token = TestToken.Hs256(new { sub = "ann", exp = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60 });
        using ClientWebSocket socket = new();
        socket.Options.AddSubProtocol("mq.v1");
        socket.Options.AddSubProtocol($"mq.token.{token}");
        await socket.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws" }.Uri, CancellationToken.None).OrTimeout();
        await using EventClient ann = await EventClient.WelcomeAsync(socket);
        using ClientWebSocket refused = new();
        refused.Options.SetRequestHeader("Authorization", $"Bearer {token}x");
        await refused.ConnectAsync(new UriBuilder(server.Url) { Scheme = "ws" }.Uri, CancellationToken.None).OrTimeout();
        await using EventClient eve = EventClient.Over(refused);
        (await eve.CloseCodeAsync()).Should().Be(1008);
        await server.StopAsync(CancellationToken.None).OrTimeout();

        found.Should().Equal(token);
        log.Said.Should().NotBeEmpty().And.Contain(line => line.Contains("signature is wrong", StringComparison.Ordinal))
            .And.NotContain(line => line.Contains(token, StringComparison.Ordinal));
    }

    [Test]
    public async Task While_there_are_no_keys_clients_are_asked_to_come_later()
    {
        await using TestServer server = await TokenServer.StartAsync(_clock, options =>
        {
            options.Tokens.Secret = null;
            options.Tokens.JwksUrl = "http://127.0.0.1:9/nobody-listens";
        });

        await RefusedAsync(server, "token=" + TokenServer.Token(), 1013, "the keys of tokens cannot be read now; try again later");
        (await PublishAsync(server, "to=lobby&event=e", TokenServer.Token())).ShouldBeError(503, "unavailable");
    }

    private static async Task RefusedAsync(TestServer server, string query, int code, string reason, string ns = "/")
    {
        await using EventClient client = await server.OpenAsync(query, ns);
        (await client.CloseCodeAsync()).Should().Be(code);
        client.CloseReason.Should().Contain(reason);
    }

    private static Task<HttpReply> PublishAsync(TestServer server, string query, string token) =>
        HttpReply.PostAsync($"{server.Url}/?{query}", "1", configure: request => request.Headers.Authorization = new("Bearer", token));

    private static Task<HttpReply> OperateAsync(TestServer server, HttpMethod method, string token) =>
        HttpReply.SendAsync(
            method, $"{server.Url}/-/sessions?session=ann", request => request.Headers.Authorization = new("Bearer", token));

    private static async Task<HttpStatusCode> ReadMetricsAsync(TestServer server, string token)
    {
        using HttpClient http = new();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        using HttpResponseMessage response = await http.GetAsync(server.Url + "/metrics").OrTimeout();
        return response.StatusCode;
    }

    private sealed class LineProvider(LoggedLines lines) : ILoggerProvider
    {
        private readonly Lock _gate = new();

        public ILogger CreateLogger(string categoryName) => new Locked(lines, _gate);

        public void Dispose()
        {
        }

        private sealed class Locked(ILogger inner, Lock gate) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                lock (gate)
                {
                    inner.Log(logLevel, eventId, state, exception, formatter);
                }
            }
        }
    }

    // Returns "ack" or the code of the error.
    private static async Task<string> AnswerAsync(EventClient client, object request)
    {
        await client.SendAsync(request);
        Task<bool> acked = client.Frames("ack").WaitToReadAsync().AsTask();
        await Task.WhenAny(acked, client.Frames("error").WaitToReadAsync().AsTask()).OrTimeout();
        if (client.Frames("ack").TryRead(out _))
        {
            return "ack";
        }

        return client.Frames("error").TryRead(out JsonElement error) ? error.GetProperty("code").GetString()! : "nothing";
    }
}
