using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Refused requests to publish without a socket: each has its status, and none has an effect.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PublishingRefusalTests
{
    private const string Fine = "to=lobby&event=e";

    [TestCase("{", "bad_json")]
    [TestCase("1 2", "bad_json")]
    [TestCase(" ", "bad_json")]
    [TestCase("{'a':1}", "bad_json")]
    [TestCase("deep", "bad_json")]
    public async Task A_body_that_is_not_one_JSON_value_is_refused(string json, string code)
    {
        await using TestServer server = await TestServer.StartAsync();
        string body = json == "deep" ? new string('[', 64) + new string(']', 64) : json;

        (await HttpReply.PostAsync($"{server.Url}/?{Fine}", body)).ShouldBeError(400, code);
    }

    [Test]
    public async Task A_body_that_is_not_UTF_8_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync();

        HttpReply reply = await HttpReply.PostAsync(
            $"{server.Url}/?{Fine}", configure: request => request.Content = new ByteArrayContent([(byte)'"', 0xff, (byte)'"']));

        reply.ShouldBeError(400, "bad_json");
    }

    [TestCase("event=e")]
    [TestCase("to=lobby")]
    [TestCase("to=lobby&event=")]
    [TestCase("to=&event=e")]
    [TestCase("to=%40&event=e")]
    [TestCase("to=a&to=b&to=c&to=d&event=e")]
    [TestCase("to=lobby&event=e&event=f")]
    [TestCase("to=lobby&event=e&ttl=0")]
    [TestCase("to=lobby&event=e&ttl=soon")]
    [TestCase("to=lobby&event=e&volatile=maybe")]
    [TestCase("to=lobby&event=e&echo=no")]
    [TestCase("to=lobby&event=e&session=")]
    public async Task A_parameter_that_is_missing_or_not_allowed_is_refused(string query)
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxRoomsPerEmit = 3);

        (await HttpReply.PostAsync($"{server.Url}/?{query}")).ShouldBeError(400, "bad_message");
    }

    [TestCase("/-")]
    [TestCase("/-/chat")]
    [TestCase("/socket.io")]
    public async Task A_reserved_namespace_is_refused(string ns)
    {
        await using TestServer server = await TestServer.StartAsync();

        HttpReply reply = await HttpReply.PostAsync($"{server.Url}{ns}?{Fine}");

        ((int)reply.Status).Should().BeOneOf(400, 404);
    }

    [Test]
    public async Task A_key_that_is_too_long_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync();

        (await HttpReply.PostAsync($"{server.Url}/?{Fine}", key: new string('k', 129))).ShouldBeError(400, "bad_message");
    }

    [Test]
    public async Task A_wrong_or_missing_token_is_refused_and_a_right_one_is_accepted_in_either_place()
    {
        await using TestServer server = await TestServer.StartAsync(
            options => options.AuthorizeConnect = request => ValueTask.FromResult(request is { Token: "s3cret", Session: null }));
        string url = $"{server.Url}/?{Fine}";

        HttpReply refused = await HttpReply.PostAsync(url);

        refused.ShouldBeError(401, "forbidden");
        refused.Headers.WwwAuthenticate.Should().ContainSingle().Which.Scheme.Should().Be("Bearer");
        (await HttpReply.PostAsync(url + "&token=wrong")).ShouldBeError(401, "forbidden");
        (await HttpReply.PostAsync(url + "&token=s3cret&session=bob")).ShouldBeError(401, "forbidden");
        (await HttpReply.PostAsync(url + "&token=s3cret")).ShouldBeAck();
        HttpReply withHeader = await HttpReply.PostAsync(
            url, configure: request => request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "s3cret"));
        withHeader.ShouldBeAck();
    }

    [Test]
    public async Task Rooms_that_the_app_does_not_allow_are_refused()
    {
        List<EmitRequest> asked = [];
        await using TestServer server = await TestServer.StartAsync(options => options.AuthorizeEmit = request =>
        {
            asked.Add(request);
            return ValueTask.FromResult(request.To[0] == "lobby");
        });

        HttpReply reply = await HttpReply.PostAsync($"{server.Url}/chat?to=red&to=blue&event=e", key: "k");

        reply.ShouldBeError(403, "forbidden");
        reply.Body.GetProperty("ref").GetString().Should().Be("k");
        asked.Should().ContainSingle().Which.Should().BeEquivalentTo(new EmitRequest("/chat", null, "e", ["red", "blue"]));
        await HttpReply.PostAsync($"{server.Url}/chat?to=red&event=e&volatile=true");
        asked[^1].Volatile.Should().BeTrue();
        (await HttpReply.PostAsync($"{server.Url}/chat?to=lobby&event=e")).ShouldBeAck();
    }

    [Test]
    public async Task A_foreign_origin_is_refused_unless_it_is_allowed()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.AllowedOrigins.Add("https://app.example"));

        (await PostFromAsync(server, "https://evil.example")).ShouldBeError(403, "forbidden");
        (await PostFromAsync(server, "https://app.example")).ShouldBeAck();
        (await PostFromAsync(server, server.Url)).ShouldBeAck();
    }

    [TestCase("to=%40nobody&event=e")]
    [TestCase("to=lobby&event=e&session=nobody")]
    [TestCase("to=lobby&event=e&session=~nobody")]
    public async Task A_session_that_does_not_exist_is_refused(string query)
    {
        await using TestServer server = await TestServer.StartAsync();

        (await HttpReply.PostAsync($"{server.Url}/?{query}")).ShouldBeError(404, "unknown_session");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_body_that_is_too_large_is_refused_by_its_length_or_while_it_is_read(bool chunked)
    {
        await using TestServer server = await TestServer.StartAsync(options => options.MaxMessageBytes = 1024);
        string fits = "\"" + new string('x', 1022) + "\"";

        (await HttpReply.PostAsync($"{server.Url}/?{Fine}", fits)).ShouldBeAck();
        HttpReply reply = await HttpReply.PostAsync(
            $"{server.Url}/?{Fine}", fits + " ", configure: request => request.Headers.TransferEncodingChunked = chunked);

        reply.ShouldBeError(413, "bad_message");
    }

    [TestCase("application/xml", 415)]
    [TestCase("text/plain; charset=utf-8", 415)]
    [TestCase("application/json; charset=utf-16", 415)]
    [TestCase("application/json", 200)]
    [TestCase("application/x-www-form-urlencoded", 200)]
    [TestCase("application/json; charset=\"UTF-8\"", 200)]
    [TestCase("application/cloudevents+json", 200)]
    public async Task Only_content_types_that_may_be_JSON_in_UTF_8_are_accepted(string contentType, int status)
    {
        await using TestServer server = await TestServer.StartAsync();

        HttpReply reply = await HttpReply.PostAsync(
            $"{server.Url}/?{Fine}", "1",
            configure: request => request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType));

        ((int)reply.Status).Should().Be(status);
    }

    [Test]
    public async Task Too_many_messages_of_an_address_are_refused()
    {
        await using TestServer server = await ClockServer.StartAsync(
            new ManualTimeProvider(), options => (options.MaxMessagesPerSecondPerAddress, options.MessageBurstPerAddress) = (1, 2));
        string url = $"{server.Url}/?{Fine}";
        (await HttpReply.PostAsync(url)).ShouldBeAck();
        (await HttpReply.PostAsync(url)).ShouldBeAck();

        HttpReply refused = await HttpReply.PostAsync(url);

        refused.ShouldBeError(429, "rate_limited");
        refused.Headers.RetryAfter!.Delta.Should().Be(TimeSpan.FromSeconds(1));
    }

    [Test]
    public async Task Another_method_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync();

        HttpReply reply = await HttpReply.SendAsync(HttpMethod.Put, $"{server.Url}/?{Fine}");

        reply.ShouldBeError(405, "bad_message");
        reply.ContentHeaders.Allow.Should().BeEquivalentTo("GET", "POST");
    }

    [Test]
    public async Task A_server_that_stops_does_not_wait_for_bodies()
    {
        await using TestServer server = await TestServer.StartAsync();
        using TcpClient slow = await BeginAsync(server);

        await server.Server.StopAsync().OrTimeout();

        using StreamReader answer = new(slow.GetStream());
        (await answer.ReadLineAsync().OrTimeout()).Should().StartWith("HTTP/1.1 503");
    }

    [Test]
    public async Task A_body_that_comes_too_slowly_is_refused()
    {
        await using TestServer server = await TestServer.StartAsync(options => options.HandshakeTimeout = TimeSpan.FromSeconds(1));
        using TcpClient slow = await BeginAsync(server);

        using StreamReader answer = new(slow.GetStream());

        (await answer.ReadLineAsync().OrTimeout()).Should().StartWith("HTTP/1.1 408");
    }

    [Test]
    public async Task The_path_of_the_health_check_is_also_a_namespace()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("room=lobby", "/healthz");

        long id = (await HttpReply.PostAsync($"{server.Url}/healthz?{Fine}")).ShouldBeAck();

        (await alice.NextIdsAsync(1)).Should().Equal(id);
    }

    [Test]
    public async Task A_client_that_vanishes_while_publishing_leaves_nothing()
    {
        await using TestServer server = await TestServer.StartAsync();
        await using EventClient alice = await server.ConnectAsync("session=alice&room=lobby");
        using (TcpClient slow = await BeginAsync(server))
        {
            slow.Client.LingerState = new LingerOption(true, 0);
        }

        long id = (await HttpReply.PostAsync($"{server.Url}/?{Fine}")).ShouldBeAck();

        (await alice.IdsSoFarAsync()).Should().Equal(id);
    }

    // A request whose body never comes. The server asks for the body when it waits for it.
    private static async Task<TcpClient> BeginAsync(TestServer server)
    {
        Uri address = new(server.Url);
        TcpClient client = new();
        await client.ConnectAsync(address.Host, address.Port);
        byte[] request = Encoding.ASCII.GetBytes(
            $"POST /?{Fine} HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
        await client.GetStream().WriteAsync(request);
        byte[] goOn = new byte["HTTP/1.1 100 Continue\r\n\r\n".Length];
        await client.GetStream().ReadExactlyAsync(goOn).AsTask().OrTimeout();
        Encoding.ASCII.GetString(goOn).Should().StartWith("HTTP/1.1 100");
        await client.GetStream().WriteAsync("[1"u8.ToArray());
        return client;
    }

    private static Task<HttpReply> PostFromAsync(TestServer server, string origin) =>
        HttpReply.PostAsync($"{server.Url}/?{Fine}", configure: request => request.Headers.Add("Origin", origin));
}
