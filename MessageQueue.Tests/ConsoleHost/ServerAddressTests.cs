using MessageQueue.Host;
using MessageQueue.Host.Operating;
using MessageQueue.Host.Settings;

namespace MessageQueue.Tests.ConsoleHost;

[Parallelizable(ParallelScope.All)]
internal sealed class ServerAddressTests
{
    [TestCase("http://127.0.0.1:8080", "http://127.0.0.1:8080")]
    [TestCase("http://0.0.0.0:8080", "http://127.0.0.1:8080")]
    [TestCase("http://*:8080", "http://127.0.0.1:8080")]
    [TestCase("http://[::1]:8080", "http://[::1]:8080")]
    [TestCase("https://example.com/events/", "https://example.com/events")]
    [TestCase("wss://example.com/events", "wss://example.com/events")]
    public void A_command_speaks_to_the_given_server(string url, string expected) => Parse(url).Url.Should().Be(expected);

    [TestCase("127.0.0.1:8080")]
    [TestCase("ftp://example.com")]
    [TestCase("http://127.0.0.1:0")]
    [TestCase("http://example.com/?token=x")]
    public void A_text_that_is_not_an_address_is_refused(string url) =>
        FluentActions.Invoking(() => Parse(url)).Should().Throw<UsageException>().WithMessage("--url: *");

    private static ServerAddress Parse(string url) => ServerOptions.ParseAddress(new SettingInput("--url", [url]), null);
}
