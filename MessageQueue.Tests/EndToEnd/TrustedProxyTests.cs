using System.Net;
using System.Net.WebSockets;
using MessageQueue.Hosting;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>Whose word about the address of a client counts. The tests are the proxy: they connect from 127.0.0.1.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TrustedProxyTests
{
    [Test]
    public async Task Behind_a_trusted_proxy_limits_count_the_client()
    {
        await using TestServer server = await StartAsync("127.0.0.1");
        await using EventClient one = await TlsClient.ConnectAsync(server.Url, "", null, "X-Forwarded-For: 192.0.2.1");
        await using EventClient two = await TlsClient.ConnectAsync(server.Url, "", null, "X-Forwarded-For: 192.0.2.2");

        (await CloseCodeAsync(server, "X-Forwarded-For: 192.0.2.1")).Should().Be(1013);
    }

    [Test]
    public async Task What_a_client_says_of_itself_does_not_count()
    {
        await using TestServer server = await StartAsync("127.0.0.1");
        await using EventClient one = await TlsClient.ConnectAsync(server.Url, "", null, "X-Forwarded-For: 192.0.2.1");

        // The proxy adds the address that it sees at the end.
        (await CloseCodeAsync(server, "X-Forwarded-For: 203.0.113.9, 192.0.2.1")).Should().Be(1013);
    }

    [Test]
    public async Task Several_proxies_in_a_row_are_passed_where_all_are_trusted()
    {
        await using TestServer server = await StartAsync("127.0.0.1", "10.0.0.0/8");
        await using EventClient one = await TlsClient.ConnectAsync(server.Url, "", null, "X-Forwarded-For: 192.0.2.1, 10.1.2.3");

        (await CloseCodeAsync(server, "X-Forwarded-For: 192.0.2.1, 10.4.5.6")).Should().Be(1013);
    }

    [TestCase]
    [TestCase("10.0.0.0/8")]
    public async Task The_headers_of_others_are_ignored(params string[] proxies)
    {
        await using TestServer server = await StartAsync(proxies);
        await using EventClient one = await TlsClient.ConnectAsync(server.Url, "", null, "X-Forwarded-For: 192.0.2.1");

        (await CloseCodeAsync(server, "X-Forwarded-For: 192.0.2.2")).Should().Be(1013);
    }

    [Test]
    public async Task Clients_whose_requests_come_on_one_connection_of_the_proxy_have_a_rate_each()
    {
        ManualTimeProvider clock = new();
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.TrustedProxies.Add("127.0.0.1");
            options.MaxMessagesPerSecondPerAddress = 1;
            options.TimeProvider = clock;
        });
        using SocketsHttpHandler handler = new() { MaxConnectionsPerServer = 1 };
        using HttpClient proxy = new(handler);

        (await PublishAsync("192.0.2.1")).Should().Be(HttpStatusCode.OK);
        (await PublishAsync("192.0.2.1")).Should().Be(HttpStatusCode.TooManyRequests);
        (await PublishAsync("192.0.2.2")).Should().Be(HttpStatusCode.OK);
        (await PublishAsync("192.0.2.1")).Should().Be(HttpStatusCode.TooManyRequests);

        async Task<HttpStatusCode> PublishAsync(string client)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, $"{server.Url}/?to=lobby&event=say");
            request.Headers.Add("X-Forwarded-For", client);
            using HttpResponseMessage response = await proxy.SendAsync(request).OrTimeout();
            return response.StatusCode;
        }
    }

    [Test]
    public async Task Delegates_see_the_client_and_its_scheme()
    {
        List<string> seen = [];
        await using TestServer server = await TestServer.StartAsync(options =>
        {
            options.TrustedProxies.Add("127.0.0.1");
            options.AuthorizeConnect = request =>
            {
                HttpContext(request);
                return ValueTask.FromResult(true);
            };
        });
        await using EventClient one =
            await TlsClient.ConnectAsync(server.Url, "", null, "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https");

        seen.Should().Equal("https 192.0.2.1");

        void HttpContext(ConnectRequest request) =>
            seen.Add($"{request.HttpContext.Request.Scheme} {request.HttpContext.Connection.RemoteIpAddress}");
    }

    [TestCase("10.0.0.5", "10.0.0.5/32")]
    [TestCase("10.0.0.0/8", "10.0.0.0/8")]
    [TestCase("::1", "::1/128")]
    [TestCase("fd00::/8", "fd00::/8")]
    public void Addresses_and_networks_are_allowed(string text, string network)
    {
        TrustedProxy.TryParse(text, out IPNetwork parsed).Should().BeTrue();
        parsed.ToString().Should().Be(network);
    }

    [TestCase("")]
    [TestCase("10")]
    [TestCase("10.0.0.0/33")]
    [TestCase("proxy.example.com")]
    public async Task Anything_else_is_refused(string text) =>
        await FluentActions.Awaiting(() => StartAsync(text))
            .Should().ThrowAsync<ArgumentException>().WithMessage($"Option TrustedProxies has '{text}'; allowed are *");

    private static Task<TestServer> StartAsync(params string[] proxies) => TestServer.StartAsync(options =>
    {
        options.MaxConnectionsPerAddress = 1;
        foreach (string proxy in proxies)
        {
            options.TrustedProxies.Add(proxy);
        }
    });

    private static async Task<int?> CloseCodeAsync(TestServer server, params string[] headers)
    {
        using ClientWebSocket socket = await TlsClient.OpenAsync(server.Url, "", null, headers);
        await using EventClient client = EventClient.Over(socket);
        return await client.CloseCodeAsync();
    }
}
