using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>A server that clients reach with TLS.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class TlsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new();
    private readonly ManualTimeProvider _clock = new();

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task Clients_that_know_only_the_root_verify_the_server_and_get_their_events()
    {
        Write("one.example");
        await using TestServer server = await StartAsync();
        await using EventClient alice = await TlsClient.ConnectAsync(server.Url, "session=alice&room=lobby", _authority);
        await using EventClient bob = await TlsClient.ConnectAsync(server.Url, "session=bob", _authority);

        server.Url.Should().StartWith("https://127.0.0.1:");
        List<long> sent = [];
        for (int i = 0; i < 50; i++)
        {
            // Larger than one TLS record.
            sent.Add(await bob.EmitAsync("lobby", data: new string('x', 20_000)));
        }

        (await alice.NextIdsAsync(50)).Should().Equal(sent);
    }

    [Test]
    public async Task A_new_certificate_is_for_new_connections_and_ends_none()
    {
        Write("one.example");
        await using TestServer server = await StartAsync();
        await using EventClient alice = await TlsClient.ConnectAsync(server.Url, "session=alice&room=lobby", _authority);
        (await NameOfAsync(server.Url)).Should().Be("one.example");

        Write("two.example");
        _clock.Advance(TimeSpan.FromSeconds(10));

        (await NameOfAsync(server.Url)).Should().Be("two.example");
        await using EventClient bob = await TlsClient.ConnectAsync(server.Url, "session=bob", _authority);
        long number = await bob.EmitAsync("lobby");
        (await alice.NextIdsAsync(1)).Should().Equal(number);
    }

    [Test]
    public async Task The_host_takes_a_PFX_file_and_its_password_from_the_environment()
    {
        using X509Certificate2 issued = _authority.Issue("host.example");
        await File.WriteAllBytesAsync(_directory.Combine("host.pfx"), _authority.Pfx(issued, "s3cret"));
        await using HostProcess host = HostProcess.Launch(
            ["--url", "https://127.0.0.1:0", "--certificate", "host.pfx", "--data", "data"],
            new Dictionary<string, string> { ["MESSAGEQUEUE_CERTIFICATE_PASSWORD"] = "s3cret" },
            _directory.FullName);
        await host.WaitUntilListeningAsync();

        string authority = host.Url["https://".Length..];
        await host.Output.NextAsync(line => line == $"Open it: https://{authority}/", "the address of the page");
        await host.Output.NextAsync(
            line => line == $"Try it: npx wscat -c 'wss://{authority}/?session=me&room=lobby'", "the wscat line");
        await using EventClient client = await TlsClient.ConnectAsync(host.Url, "session=alice", _authority);
        client.Welcome.GetProperty("session").GetString().Should().Be("alice");

        await using HostProcess health = HostProcess.Launch(["health", "--url", host.Url]);
        (await health.ExitAsync()).Should().Be(0);
        health.Output.ToString().Should().Be("ok");
    }

    [Test]
    public async Task A_certificate_that_cannot_be_used_is_reported_in_one_line()
    {
        string file = _directory.Combine("none.pem");
        await using HostProcess host = HostProcess.Launch(
            ["--url", "https://127.0.0.1:0", "--certificate", file, "--data", _directory.Combine("data")]);

        (await host.ExitAsync()).Should().Be(1);
        host.Error.Lines.Should().ContainSingle().Which.Should()
            .StartWith($"MessageQueue: Cannot use the certificate {file}: ").And.Contain("; name a PEM or PFX file");
    }

    [TestCase("https://127.0.0.1:0", null, null, "Option Certificate is missing, and https://127.0.0.1:0 needs one*")]
    [TestCase("http://127.0.0.1:0", "one.pem", null, "Option Certificate has no effect on http://127.0.0.1:0*")]
    [TestCase("http://127.0.0.1:0", null, "key.pem", "Option CertificateKey is set without Certificate*")]
    public async Task Options_that_do_not_fit_each_other_are_refused(string url, string? certificate, string? key, string message)
    {
        MessageQueueOptions options = new() { Url = url, Durability = Durability.Memory, Certificate = certificate, CertificateKey = key };

        await FluentActions.Awaiting(() => MessageQueueServer.StartAsync(options))
            .Should().ThrowAsync<ArgumentException>().WithMessage(message);
    }

    private Task<TestServer> StartAsync() => TestServer.StartAsync(options =>
    {
        options.Url = "https://127.0.0.1:0";
        options.Certificate = _directory.Combine("cert.pem");
        options.CertificateKey = _directory.Combine("key.pem");
        options.TimeProvider = _clock;
    });

    private void Write(string name)
    {
        using X509Certificate2 issued = _authority.Issue(name);
        using ECDsa key = issued.GetECDsaPrivateKey()!;
        File.WriteAllText(_directory.Combine("cert.pem"), _authority.FullChain(issued));
        File.WriteAllText(_directory.Combine("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }

    private async Task<string> NameOfAsync(string url)
    {
        string name = "";
        using SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
                {
                    name = ((X509Certificate2)certificate!).GetNameInfo(X509NameType.SimpleName, forIssuer: false);
                    return _authority.Accepts(sender, certificate, chain, errors);
                },
            },
        };
        using HttpClient client = new(handler);
        (await client.GetStringAsync(new Uri($"{url}/healthz")).OrTimeout()).Should().Be("ok\n");
        return name;
    }
}
