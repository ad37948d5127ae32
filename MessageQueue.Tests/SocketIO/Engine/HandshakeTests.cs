using System.Net;
using System.Text.Json;
using MessageQueue.SocketIO;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>How a client opens a connection, and what it is told when it cannot.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class HandshakeTests
{
    private const string Polling = "EIO=4&transport=polling";

    [Test]
    public async Task The_handshake_has_the_fields_of_the_original_and_nothing_else()
    {
        await using EngineApp app = await EngineApp.StartAsync();

        (PollingClient client, _) = await app.PollAsync();

        client.Handshake.ToString().Should().Be(
            $$"""{"sid":"{{client.Sid}}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}""");
        client.Sid.Should().HaveLength(20);
    }

    [Test]
    public async Task A_WebSocket_has_nothing_to_upgrade_to()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        await using RawWebSocket socket = await RawWebSocket.ConnectAsync(app.WebSocketUrl());

        string handshake = (await socket.ReadAsync())!.Text;

        JsonSerializer.Deserialize<JsonElement>(handshake[1..]).GetProperty("upgrades").GetArrayLength().Should().Be(0);
    }

    [TestCase("GET", "", 400, 0, "Transport unknown")]
    [TestCase("GET", "EIO=4", 400, 0, "Transport unknown")]
    [TestCase("GET", "EIO=4&transport=abc", 400, 0, "Transport unknown")]
    [TestCase("GET", "EIO=4&transport=webtransport", 400, 0, "Transport unknown")]
    [TestCase("GET", $"{Polling}&sid=abc", 400, 1, "Session ID unknown")]
    [TestCase("POST", $"{Polling}&sid=abc", 400, 1, "Session ID unknown")]
    [TestCase("POST", Polling, 400, 2, "Bad handshake method")]
    [TestCase("PUT", Polling, 400, 2, "Bad handshake method")]
    [TestCase("GET", "EIO=4&transport=websocket", 400, 3, "Bad request")]
    [TestCase("GET", $"{Polling}&j=0", 400, 3, "Bad request", Description = "JSONP")]
    [TestCase("GET", "transport=polling", 400, 5, "Unsupported protocol version")]
    [TestCase("GET", "EIO=3&transport=polling", 400, 5, "Unsupported protocol version")]
    [TestCase("GET", "EIO=abc&transport=polling", 400, 5, "Unsupported protocol version")]
    public async Task A_wrong_handshake_gets_the_error_of_the_original(string method, string query, int status, int code, string message)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        using HttpClient client = new();
        using HttpRequestMessage request = new(new HttpMethod(method), $"{app.Url}/engine.io/?{query}");

        HttpResponseMessage response = await client.SendAsync(request).OrTimeout();

        ((int)response.StatusCode).Should().Be(status);
        response.Content.Headers.ContentType!.ToString().Should().Be("application/json");
        (await response.Content.ReadAsStringAsync().OrTimeout()).Should().Be($$"""{"code":{{code}},"message":"{{message}}"}""");
    }

    [TestCase("transport=websocket", 400)]
    [TestCase("EIO=4&transport=abc", 400)]
    [TestCase("EIO=4&transport=polling", 400)]
    [TestCase("EIO=4&transport=websocket&sid=abc", 400)]
    public async Task A_wrong_handshake_of_a_WebSocket_is_refused_before_the_upgrade(string query, int status)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        Uri url = new($"{app.Url}/engine.io/?{query}");

        await using RawWebSocket socket = await RawWebSocket.RequestAsync(
            url, $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

        socket.Head.Should().StartWith($"HTTP/1.1 {status} ");
    }

    [Test]
    public async Task An_unsupported_version_of_WebSocket_is_named()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        Uri url = app.WebSocketUrl();

        await using RawWebSocket socket = await RawWebSocket.RequestAsync(
            url, $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

        socket.Head.Should().StartWith("HTTP/1.1 426 ").And.Contain("Sec-WebSocket-Version: 13");
    }

    [Test]
    public async Task A_transport_can_be_switched_off()
    {
        await using EngineApp app = await EngineApp.StartAsync(options => options.Transports = SocketIOTransports.WebSocket);

        await ShouldBeRefusedAsync(app, Polling, """{"code":0,"message":"Transport unknown"}""");
        (RawWebSocket socket, _) = await app.ConnectAsync();
        await socket.DisposeAsync();
    }

    [Test]
    public async Task Without_upgrades_none_is_offered_and_none_is_done()
    {
        await using EngineApp app = await EngineApp.StartAsync(options => options.AllowUpgrades = false);
        (PollingClient client, _) = await app.PollAsync();

        client.Handshake.GetProperty("upgrades").GetArrayLength().Should().Be(0);
        await using RawWebSocket socket = await app.TryAsync(client.Sid);
        (await socket.ReadCloseAsync()).CloseCode.Should().Be(1002);
        await client.PostAsync("4still here");
        (await client.PollAsync()).Should().Be("4still here");
    }

    [Test]
    public async Task A_server_with_too_many_connections_says_so_and_counts_no_more()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.MaxConnections = 1);
        (PollingClient client, _) = await app.PollAsync();
        app.Server.ConnectionCount.Should().Be(1);

        using HttpClient other = new();
        HttpResponseMessage refused = await other.GetAsync($"{app.Url}/engine.io/?{Polling}").OrTimeout();
        refused.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        (await refused.Content.ReadAsStringAsync().OrTimeout()).Should().Be(
            """{"code":4,"message":"too many connections; try again later"}""");
        await (await app.AcceptedAsync()).Closed.OrTimeout();
        await using (RawWebSocket socket = await RawWebSocket.ConnectAsync(app.WebSocketUrl()))
        {
            (await socket.ReadCloseAsync()).CloseCode.Should().Be(1013);
            await (await app.AcceptedAsync()).Closed.OrTimeout();
        }

        app.Server.ConnectionCount.Should().Be(1);
        await client.PostAsync("4still here");
        (await client.PollAsync()).Should().Be("4still here");
    }

    [Test]
    public async Task The_connections_of_one_address_are_limited_and_an_end_makes_room()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.MaxConnectionsPerAddress = 1);
        (PollingClient client, RecordingEngineHandler handler) = await app.PollAsync();

        await ShouldBeRefusedAsync(app, Polling, """{"code":4,"message":"too many connections from this address; try again later"}""");
        await (await app.AcceptedAsync()).Closed.OrTimeout();

        await client.PostAsync("1");
        await handler.Closed.OrTimeout();
        (await client.PollAsync()).Should().Be("6");
        while (app.Server.ConnectionCount > 0)
        {
            await Task.Yield();
        }

        await app.PollAsync();
    }

    [Test]
    public async Task A_page_of_another_origin_is_refused()
    {
        await using EngineApp app = await EngineApp.StartAsync();

        (HttpStatusCode status, string body, _) = await AskAsync(app, HttpMethod.Get, "https://evil.example");

        status.Should().Be(HttpStatusCode.Forbidden);
        body.Should().Be("""{"code":4,"message":"Forbidden"}""");
    }

    [Test]
    public async Task A_page_of_an_allowed_origin_may_read_answers_and_send_credentials()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.AllowedOrigins.Add("https://app.example"));

        (HttpStatusCode status, _, HttpResponseMessage response) = await AskAsync(app, HttpMethod.Get, "https://app.example");

        status.Should().Be(HttpStatusCode.OK);
        HeaderOf(response, "Access-Control-Allow-Origin").Should().Be("https://app.example");
        HeaderOf(response, "Access-Control-Allow-Credentials").Should().Be("true");
        HeaderOf(response, "Vary").Should().Be("Origin");
    }

    [Test]
    public async Task Where_every_origin_is_allowed_nobody_may_send_credentials()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.AllowedOrigins.Add("*"));

        (_, _, HttpResponseMessage response) = await AskAsync(app, HttpMethod.Get, "https://any.example");

        HeaderOf(response, "Access-Control-Allow-Origin").Should().Be("*");
        HeaderOf(response, "Access-Control-Allow-Credentials").Should().BeEmpty();
    }

    [Test]
    public async Task A_preflight_request_is_answered_with_what_the_browser_asks_for()
    {
        await using EngineApp app = await EngineApp.StartAsync(server: options => options.AllowedOrigins.Add("https://app.example"));

        (HttpStatusCode status, string body, HttpResponseMessage response) =
            await AskAsync(app, HttpMethod.Options, "https://app.example", "x-token");

        status.Should().Be(HttpStatusCode.NoContent);
        body.Should().BeEmpty();
        HeaderOf(response, "Access-Control-Allow-Origin").Should().Be("https://app.example");
        HeaderOf(response, "Access-Control-Allow-Methods").Should().Be("GET,POST");
        HeaderOf(response, "Access-Control-Allow-Headers").Should().Be("x-token");
    }

    [Test]
    public async Task A_preflight_request_of_another_origin_is_refused()
    {
        await using EngineApp app = await EngineApp.StartAsync();

        (HttpStatusCode status, _, HttpResponseMessage response) = await AskAsync(app, HttpMethod.Options, "https://evil.example");

        status.Should().Be(HttpStatusCode.Forbidden);
        HeaderOf(response, "Access-Control-Allow-Origin").Should().BeEmpty();
    }

    private static async Task ShouldBeRefusedAsync(EngineApp app, string query, string body)
    {
        using HttpClient client = new();
        HttpResponseMessage response = await client.GetAsync($"{app.Url}/engine.io/?{query}").OrTimeout();
        response.IsSuccessStatusCode.Should().BeFalse();
        (await response.Content.ReadAsStringAsync().OrTimeout()).Should().Be(body);
    }

    private static async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> AskAsync(
        EngineApp app, HttpMethod method, string origin, string? headers = null)
    {
        using HttpClient client = new();
        using HttpRequestMessage request = new(method, $"{app.Url}/engine.io/?{Polling}");
        request.Headers.Add("Origin", origin);
        if (headers is not null)
        {
            request.Headers.Add("Access-Control-Request-Headers", headers);
        }

        HttpResponseMessage response = await client.SendAsync(request).OrTimeout();
        return (response.StatusCode, await response.Content.ReadAsStringAsync().OrTimeout(), response);
    }

    private static string HeaderOf(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : "";
}
