using MessageQueue.Host;

namespace MessageQueue.Tests.ConsoleHost;

internal sealed class ListenAddressTests
{
    [TestCase("http://127.0.0.1:8080", "127.0.0.1:8080")]
    [TestCase("http://127.1.2.3:0", "127.1.2.3:0")]
    [TestCase("http://localhost:8080", "localhost:8080")]
    [TestCase("HTTP://LOCALHOST:8080/", "LOCALHOST:8080")]
    [TestCase("http://[::1]:8080", "[::1]:8080")]
    public void Addresses_that_only_this_machine_can_reach_are_loopback(string url, string authority)
    {
        ListenAddress.TryParse(url, out ListenAddress? address).Should().BeTrue();
        address!.IsLoopback.Should().BeTrue();
        address.Authority.Should().Be(authority);
    }

    [TestCase("http://0.0.0.0:80", "127.0.0.1:80")]
    [TestCase("http://[::]:80", "127.0.0.1:80")]
    [TestCase("http://*:80", "127.0.0.1:80")]
    [TestCase("http://+:80", "127.0.0.1:80")]
    [TestCase("http://192.0.2.1:80", "192.0.2.1:80")]
    [TestCase("http://localhost.example.com:80", "localhost.example.com:80")]
    public void Other_addresses_are_not_loopback(string url, string authority)
    {
        ListenAddress.TryParse(url, out ListenAddress? address).Should().BeTrue();
        address!.IsLoopback.Should().BeFalse();
        address.Authority.Should().Be(authority);
    }

    [TestCase("http://127.0.0.1:80", "http://127.0.0.1:80", false)]
    [TestCase("https://0.0.0.0:443", "https://127.0.0.1:443", true)]
    [TestCase("HTTPS://localhost:443", "https://localhost:443", true)]
    public void The_scheme_says_whether_clients_connect_with_TLS(string url, string clientUrl, bool encrypts)
    {
        ListenAddress.TryParse(url, out ListenAddress? address).Should().BeTrue();
        address!.Encrypts.Should().Be(encrypts);
        address.ClientUrl.Should().Be(clientUrl);
    }

    [TestCase("")]
    [TestCase("8080")]
    [TestCase("127.0.0.1:8080")]
    [TestCase("ws://127.0.0.1:8080")]
    [TestCase("http://127.0.0.1:port")]
    [TestCase("httpss://127.0.0.1:8080")]
    [TestCase("http://localhost:0")]
    [TestCase("http://127.0.0.1:65536")]
    [TestCase("http://127.0.0.1:-1")]
    [TestCase("http://127.0.0.1:8080/path")]
    [TestCase("http://unix:/run/queue.sock")]
    [TestCase("http://:8080")]
    [TestCase("http://a b:8080")]
    [TestCase("http://127.0.0.1:8080;http://127.0.0.1:8081")]
    public void Anything_but_one_http_address_is_refused(string url) => ListenAddress.TryParse(url, out _).Should().BeFalse();
}
