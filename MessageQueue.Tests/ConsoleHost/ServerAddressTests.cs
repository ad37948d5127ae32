using MessageQueue.Host;
using MessageQueue.Host.Client;
using MessageQueue.Host.Operating;
using MessageQueue.Host.Settings;

namespace MessageQueue.Tests.ConsoleHost;

[Parallelizable(ParallelScope.All)]
internal sealed class ServerAddressTests
{
    [TestCase("http://127.0.0.1:8080", "http://127.0.0.1:8080/chat?room=a%20b")]
    [TestCase("http://0.0.0.0:8080", "http://127.0.0.1:8080/chat?room=a%20b")]
    [TestCase("http://*:8080", "http://127.0.0.1:8080/chat?room=a%20b")]
    [TestCase("http://[::1]:8080", "http://[::1]:8080/chat?room=a%20b")]
    [TestCase("https://example.com/events/", "https://example.com/events/chat?room=a%20b")]
    [TestCase("wss://example.com/events", "https://example.com/events/chat?room=a%20b")]
    public void A_request_goes_to_the_given_server(string url, string expected) =>
        Parse(url).Http("/chat", ("room", "a b"), ("session", null)).AbsoluteUri.Should().Be(expected);

    [TestCase("http://127.0.0.1:8080", "ws://127.0.0.1:8080/")]
    [TestCase("https://example.com", "wss://example.com/")]
    public void A_WebSocket_goes_to_the_given_server(string url, string expected) =>
        Parse(url).WebSocket("/").AbsoluteUri.Should().Be(expected);

    [TestCase("127.0.0.1:8080")]
    [TestCase("ftp://example.com")]
    [TestCase("http://127.0.0.1:0")]
    [TestCase("http://example.com/?token=x")]
    public void A_text_that_is_not_an_address_is_refused(string url) =>
        FluentActions.Invoking(() => Parse(url)).Should().Throw<UsageException>().WithMessage("--url: *");

    [Test]
    public void A_token_that_cannot_be_a_header_goes_into_the_query()
    {
        Parse("http://127.0.0.1:1", "s3cret").Bearer.Should().Be("s3cret");
        Parse("http://127.0.0.1:1", "s3cret").Http("/").Query.Should().BeEmpty();
        Parse("http://127.0.0.1:1", "gehei m").Bearer.Should().BeNull();
        Parse("http://127.0.0.1:1", "gehei m").Http("/").Query.Should().Be("?token=gehei%20m");
    }

    [Test]
    public void The_back_off_grows_to_half_a_minute_and_can_start_again()
    {
        BackOff backOff = new();
        double[] waits = [.. Enumerable.Range(0, 9).Select(_ => backOff.Next(0).TotalSeconds)];
        backOff.Reset();

        waits.Should().Equal(0.5, 1, 2, 4, 8, 16, 30, 30, 30);
        backOff.Next(1).TotalSeconds.Should().Be(0.25);
    }

    private static ServerAddress Parse(string url, string? token = null) =>
        ServerOptions.ParseAddress(new SettingInput("--url", [url]), token);
}
