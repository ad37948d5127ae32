using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConnectingTests : IAsyncDisposable
{
    private TestServer _server = null!;

    [SetUp]
    public async Task SetUp() => _server = await TestServer.StartAsync(options =>
    {
        options.MaxWindow = 50;
        options.DefaultWindow = 20;
        options.MaxRoomsPerSession = 2;
        options.MaxSessions = 4;
        options.AllowedOrigins.Add("https://app.example.com");
        options.AuthorizeConnect = request => ValueTask.FromResult(request.Token != "wrong" && request.Session != "forbidden");
    });

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Test]
    public async Task The_first_frame_is_a_welcome_with_every_field()
    {
        await using EventClient client = await _server.ConnectAsync("session=alice&window=30");

        JsonElement welcome = client.Welcome;
        welcome.GetProperty("session").GetString().Should().Be("alice");
        welcome.GetProperty("resumed").GetBoolean().Should().BeFalse();
        welcome.GetProperty("pending").GetInt64().Should().Be(0);
        welcome.GetProperty("window").GetInt32().Should().Be(30);
        welcome.GetProperty("maxBytes").GetInt32().Should().Be(1 << 20);
        welcome.GetProperty("server").GetString().Should().StartWith("MessageQueue/");
        welcome.GetProperty("log").GetString().Should().NotBeEmpty();
        client.SubProtocol.Should().Be("mq.v1");
    }

    [TestCase("", 20)]
    [TestCase("window=50", 50)]
    [TestCase("window=51", 50)]
    public async Task The_window_is_the_requested_one_up_to_the_maximum(string query, int granted)
    {
        await using EventClient client = await _server.ConnectAsync(query);

        client.Welcome.GetProperty("window").GetInt32().Should().Be(granted);
    }

    [Test]
    public async Task A_session_named_by_the_server_is_resumed_by_its_name()
    {
        string name;
        await using (EventClient first = await _server.ConnectAsync("room=lobby"))
        {
            name = first.Welcome.GetProperty("session").GetString()!;
            name.Should().StartWith("~").And.HaveLength(23, "a prefix and 128 random bits in base64");
            await first.CloseAsync();
        }

        await using EventClient second = await _server.ConnectAsync($"session={name}");
        second.Welcome.GetProperty("session").GetString().Should().Be(name);
        second.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
    }

    [TestCase("session=~invented")]
    [TestCase("session=forbidden")]
    [TestCase("token=wrong")]
    [TestCase("session=")]
    [TestCase("room=*")]
    [TestCase("room=@alice")]
    [TestCase("window=0")]
    [TestCase("window=many")]
    [TestCase("room=a&room=b&room=c")]
    public async Task A_connection_that_is_not_allowed_is_closed_with_1008_after_the_upgrade(string query)
    {
        await using EventClient client = await _server.OpenAsync(query);

        (await client.CloseCodeAsync()).Should().Be(1008);
    }

    [Test]
    public async Task The_alias_of_an_anonymous_session_cannot_be_used_to_connect()
    {
        await using EventClient anonymous = await _server.ConnectAsync("room=lobby");
        await anonymous.EmitAsync("lobby");
        string alias = (await anonymous.NextAsync("event")).GetProperty("from").GetString()!;

        await using EventClient thief = await _server.OpenAsync($"session={alias}");

        alias.Should().StartWith("~").And.NotBe(anonymous.Welcome.GetProperty("session").GetString());
        (await thief.CloseCodeAsync()).Should().Be(1008);
    }

    [Test]
    public async Task Another_connection_takes_the_session_over()
    {
        await using EventClient first = await _server.ConnectAsync("session=alice&room=lobby");
        await using EventClient second = await _server.ConnectAsync("session=alice");

        (await first.CloseCodeAsync()).Should().Be(4001);
        second.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
        long sent = await second.EmitAsync("lobby");
        (await second.NextIdsAsync(1)).Should().Equal(sent);
    }

    [Test]
    public async Task The_path_is_the_namespace_and_namespaces_share_nothing()
    {
        await using EventClient root = await _server.ConnectAsync("session=alice&room=lobby");
        await using EventClient chat = await _server.ConnectAsync("session=alice&room=lobby", "/chat");
        await using EventClient upper = await _server.ConnectAsync("session=alice&room=lobby", "/Chat");

        long sent = await chat.EmitAsync(new[] { "lobby", "*", "@alice" });

        (await chat.NextIdsAsync(1)).Should().Equal(sent);
        await root.ShouldHaveNoEventAsync();
        await upper.ShouldHaveNoEventAsync();
    }

    [Test]
    public async Task A_trailing_slash_is_ignored()
    {
        await using EventClient first = await _server.ConnectAsync("session=alice", "/chat");
        await using EventClient second = await _server.ConnectAsync("session=alice", "/chat/");

        second.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue();
    }

    [Test]
    public async Task One_session_too_many_is_closed_with_1013()
    {
        for (int i = 0; i < 4; i++)
        {
            await using EventClient client = await _server.ConnectAsync($"session=s{i}");
        }

        await using EventClient fifth = await _server.OpenAsync("session=s4");
        (await fifth.CloseCodeAsync()).Should().Be(1013);
        await using EventClient known = await _server.ConnectAsync("session=s3");
        known.Welcome.GetProperty("resumed").GetBoolean().Should().BeTrue("known sessions are not affected");
    }

    [Test]
    public async Task One_connection_too_many_is_closed_with_1013()
    {
        await using TestServer small = await TestServer.StartAsync(options => options.MaxConnections = 1);
        await using EventClient first = await small.ConnectAsync();

        await using EventClient second = await small.OpenAsync();

        (await second.CloseCodeAsync()).Should().Be(1013);
        await first.PingAsync();
    }

    [TestCase("http://127.0.0.1:1", 403)]
    [TestCase("https://evil.example.com", 403)]
    [TestCase("null", 403)]
    [TestCase("https://app.example.com", 101)]
    [TestCase(null, 101)]
    public async Task A_foreign_page_is_refused_before_the_upgrade(string? origin, int status)
    {
        using ClientWebSocket socket = new();
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null)
        {
            socket.Options.SetRequestHeader("Origin", origin);
        }

        try
        {
            await socket.ConnectAsync(new Uri(_server.Url.Replace("http", "ws", StringComparison.Ordinal)), CancellationToken.None)
                .OrTimeout();
        }
        catch (WebSocketException)
        {
            // The status reports the refusal.
        }

        socket.HttpStatusCode.Should().Be((HttpStatusCode)status);
        socket.SubProtocol.Should().BeNull("none was offered");
    }

    [Test]
    public async Task The_servers_own_page_may_connect()
    {
        using ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Origin", _server.Url);

        await socket.ConnectAsync(new Uri(_server.Url.Replace("http", "ws", StringComparison.Ordinal)), CancellationToken.None).OrTimeout();

        socket.State.Should().Be(WebSocketState.Open);
    }

    [Test]
    public async Task A_token_may_come_as_a_bearer_token()
    {
        using ClientWebSocket socket = new();
        socket.Options.SetRequestHeader("Authorization", "Bearer wrong");
        await socket.ConnectAsync(new Uri(_server.Url.Replace("http", "ws", StringComparison.Ordinal)), CancellationToken.None).OrTimeout();

        WebSocketReceiveResult result = await socket.ReceiveAsync(new byte[100], CancellationToken.None).OrTimeout();

        result.CloseStatus.Should().Be(WebSocketCloseStatus.PolicyViolation);
    }

    [TestCase("/", 404)]
    [TestCase("/chat", 404)]
    [TestCase("/healthz", 200)]
    public async Task A_request_that_is_not_a_handshake_gets_an_HTTP_response(string path, int status)
    {
        using HttpClient http = new();

        using HttpResponseMessage response = await http.GetAsync(new Uri(_server.Url + path)).OrTimeout();

        ((int)response.StatusCode).Should().Be(status);
    }
}
