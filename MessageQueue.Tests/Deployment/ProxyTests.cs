using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Deployment;

/// <summary>The recipes for proxies in the folder deploy, with the real proxies, on ports and with certificates of the test.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ProxyTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new();

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task Nginx()
    {
        Requires.Nginx();
        WriteCertificate();
        await using HostProcess host = await StartHostAsync();
        int port = FreePort.Find(1)[0];
        string recipe = (await File.ReadAllTextAsync(RepositoryRoot.Combine("deploy", "nginx.conf")))
            .Replace("listen 443 ssl", $"listen 127.0.0.1:{port} ssl")
            .Replace("127.0.0.1:8080;", $"{host.Url["http://".Length..]};")
            .Replace("/etc/letsencrypt/live/events.example.com/fullchain.pem", _directory.Combine("cert.pem"))
            .Replace("/etc/letsencrypt/live/events.example.com/privkey.pem", _directory.Combine("key.pem"))
            .Replace("/var/log/nginx/messagequeue.log", _directory.Combine("access.log"));
        string temporary = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }
            .Select(kind => $"{kind}_temp_path {_directory.Combine(kind)};\n"));
        await File.WriteAllTextAsync(
            _directory.Combine("nginx.conf"),
            $"daemon off;\nmaster_process off;\npid {_directory.Combine("pid")};\nevents {{ }}\nhttp {{\n{temporary}{recipe}\n}}\n");
        await using ChildProcess nginx = ChildProcess.Start(
            Requires.NginxPath, ["-c", _directory.Combine("nginx.conf"), "-p", _directory.FullName, "-e", "stderr"]);

        await ShouldServeAsync(nginx, port, _directory.Combine("access.log"));
    }

    [Test]
    public async Task Caddy()
    {
        Requires.Caddy();
        WriteCertificate();
        await using HostProcess host = await StartHostAsync();
        int port = FreePort.Find(1)[0];
        string recipe = (await File.ReadAllTextAsync(RepositoryRoot.Combine("deploy", "Caddyfile")))
            .Replace("events.example.com {", $"https://127.0.0.1:{port}, https://localhost:{port} {{\n\tbind 127.0.0.1\n"
                + $"\ttls {_directory.Combine("cert.pem")} {_directory.Combine("key.pem")}")
            .Replace("reverse_proxy 127.0.0.1:8080", $"reverse_proxy {host.Url["http://".Length..]}")
            .Replace("\tlog {", $"\tlog {{\n\t\toutput file {_directory.Combine("access.log")}");
        await File.WriteAllTextAsync(
            _directory.Combine("Caddyfile"), "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + recipe);
        await using ChildProcess caddy = ChildProcess.Start(
            "caddy", ["run", "--adapter", "caddyfile", "--config", _directory.Combine("Caddyfile")],
            new Dictionary<string, string> { ["XDG_DATA_HOME"] = _directory.FullName, ["XDG_CONFIG_HOME"] = _directory.FullName });

        await ShouldServeAsync(caddy, port, _directory.Combine("access.log"));
    }

    // Each client is its own, whatever it says of itself: 127.0.0.1 and 127.0.0.2 are two, and each may have one connection.
    private async Task ShouldServeAsync(ChildProcess proxy, int port, string log)
    {
        string url = $"https://127.0.0.1:{port}";
        await UntilListeningAsync(proxy, port);

        await using (EventClient alice = await TlsClient.ConnectAsync(
            url, "session=alice&room=lobby&token=s3cret", _authority, $"Origin: {url}", "X-Forwarded-For: 192.0.2.1"))
        {
            long number = await alice.EmitAsync("lobby", data: new string('x', 100_000));
            (await alice.NextIdsAsync(1)).Should().Equal(number);

            using ClientWebSocket second =
                await TlsClient.OpenAsync(url, "session=bob&token=s3cret", _authority, "X-Forwarded-For: 192.0.2.2");
            await using EventClient refused = EventClient.Over(second);
            (await refused.CloseCodeAsync()).Should().Be(1013, "the proxy says that it is the same client");
            await using EventClient other = await FromOtherAddressAsync(url);
        }

        // From a third address, because a connection may still count after it has ended.
        using SocketsHttpHandler handler = From("127.0.0.3");
        using HttpClient http = new(handler);
        string answer = await http.GetStringAsync(new Uri($"{url}/-/sessions?token=s3cret")).OrTimeout();
        answer.Should().Contain("alice");
        using StringContent data = new("""{"total":12.50}""", new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage stored = await http.PostAsync(new Uri($"{url}/?to=lobby&event=order&token=s3cret"), data).OrTimeout();
        (await stored.Content.ReadAsStringAsync()).Should().StartWith("""{"type":"ack",""");
        (await File.ReadAllTextAsync(log)).Should().Contain("/-/sessions").And.NotContain("s3cret");
    }

    private async Task<EventClient> FromOtherAddressAsync(string url)
    {
        using SocketsHttpHandler handler = From("127.0.0.2");
        using HttpMessageInvoker invoker = new(handler);
        ClientWebSocket socket = new();
        UriBuilder address = new(url) { Scheme = "wss", Query = "session=carol&token=s3cret" };
        await socket.ConnectAsync(address.Uri, invoker, CancellationToken.None).OrTimeout();
        return await EventClient.WelcomeAsync(socket);
    }

    private SocketsHttpHandler From(string address)
    {
        SocketsHttpHandler handler = new()
        {
            ConnectCallback = async (context, cancellationToken) =>
            {
                Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        handler.SslOptions.RemoteCertificateValidationCallback = _authority.Accepts;
        return handler;
    }

    private Task<HostProcess> StartHostAsync() => HostProcess.StartAsync(
        _directory.Combine("data"), "--token", "s3cret", "--trusted-proxy", "127.0.0.1", "--max-connections-per-address", "1");

    private static async Task UntilListeningAsync(ChildProcess proxy, int port)
    {
        using CancellationTokenSource patience = new(Timeouts.Limit);
        while (true)
        {
            using TcpClient client = new();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, patience.Token);
                return;
            }
            catch (SocketException) when (!patience.IsCancellationRequested)
            {
                proxy.HasExited.Should().BeFalse("the proxy should run, but it said:\n{0}\n{1}", proxy.Output, proxy.Error);
                await Task.Yield();
            }
        }
    }

    private void WriteCertificate()
    {
        using X509Certificate2 issued = _authority.Issue("events.example.com");
        using ECDsa key = issued.GetECDsaPrivateKey()!;
        File.WriteAllText(_directory.Combine("cert.pem"), _authority.FullChain(issued));
        File.WriteAllText(_directory.Combine("key.pem"), key.ExportPkcs8PrivateKeyPem());
    }
}
