using MessageQueue.Client;
using MessageQueue.Client.Connections;
using MessageQueue.Client.Http;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>Where requests and connections go, and what a client refuses to be created with.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AddressTests
{
    [TestCase("http://127.0.0.1:8080", "http://127.0.0.1:8080/chat?room=a%20b")]
    [TestCase("https://example.com/events/", "https://example.com/events/chat?room=a%20b")]
    [TestCase("wss://example.com/events", "https://example.com/events/chat?room=a%20b")]
    public void A_request_goes_to_the_given_server(string url, string expected) =>
        Parse(url).Http("/chat", ("room", "a b"), ("session", null)).AbsoluteUri.Should().Be(expected);

    [TestCase("http://127.0.0.1:8080", "ws://127.0.0.1:8080/?room=a%20b")]
    [TestCase("https://example.com/events/chat", "wss://example.com/events/chat?room=a%20b")]
    [TestCase("wss://example.com/%C3%A9", "wss://example.com/%C3%A9?room=a%20b")]
    public void A_WebSocket_goes_to_the_given_server(string url, string expected) =>
        ConnectUrl.WithQuery(ConnectUrl.Parse(url), [("room", "a b"), ("session", null)]).AbsoluteUri.Should().Be(expected);

    [TestCase("127.0.0.1:8080")]
    [TestCase("ftp://example.com")]
    [TestCase("http://127.0.0.1:0")]
    [TestCase("http://example.com/?token=x")]
    public void A_text_that_is_not_an_address_is_refused(string url)
    {
        FluentActions.Invoking(() => new MessageQueueHttpClient(url)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new MessageQueueClient(new() { Url = url })).Should().Throw<ArgumentException>().WithMessage("Url: *");
    }

    [Test]
    public void A_token_that_cannot_be_a_header_goes_into_the_query()
    {
        Parse("http://127.0.0.1:1", "s3cret").Bearer.Should().Be("s3cret");
        Parse("http://127.0.0.1:1", "s3cret").Http("/").Query.Should().BeEmpty();
        Parse("http://127.0.0.1:1", "gehei m").Bearer.Should().BeNull();
        Parse("http://127.0.0.1:1", "gehei m").Http("/").Query.Should().Be("?token=gehei%20m");
    }

    [Test]
    public void An_option_that_is_not_allowed_is_named()
    {
        Action<MessageQueueClientOptions>[] wrong =
        [
            options => options.Session = "",
            options => options.OutboxFile = "outbox",
            options => options.Window = 0,
            options => options.MaxConcurrentHandlers = 0,
            options => options.OutboxLimit = 0,
            options => options.OutboxBytes = 0,
            options => options.MaxMessageBytes = 0,
            options => options.BackOffBase = TimeSpan.Zero,
            options => options.BackOffCap = TimeSpan.Zero,
            options => options.PingInterval = TimeSpan.Zero,
            options => options.AnswerTimeout = TimeSpan.Zero,
            options => options.CloseTimeout = TimeSpan.FromSeconds(-1),
            options => options.UnhandledTimeout = TimeSpan.FromSeconds(-1),
        ];

        string[] named = [.. wrong.Select(Create)];

        named.Should().Equal(
            "Session", "OutboxFile", "Window", "MaxConcurrentHandlers", "OutboxLimit", "OutboxBytes", "MaxMessageBytes", "BackOffBase",
            "BackOffCap", "PingInterval", "AnswerTimeout", "CloseTimeout", "UnhandledTimeout");

        static string Create(Action<MessageQueueClientOptions> configure)
        {
            MessageQueueClientOptions options = new() { Url = "http://127.0.0.1:1" };
            configure(options);
            return FluentActions.Invoking(() => new MessageQueueClient(options)).Should().Throw<ArgumentException>().Which.ParamName!;
        }
    }

    private static ServerAddress Parse(string url, string? token = null)
    {
        ServerAddress.TryParse(url, token, out ServerAddress? address).Should().BeTrue();
        return address!;
    }
}
