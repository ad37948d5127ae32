using System.Net.Sockets;
using System.Text;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Deployment;

/// <summary>The server as a service of systemd.</summary>
internal sealed class ServiceTests
{
    private static readonly string Unit = RepositoryRoot.Combine("deploy", "messagequeue.service");

    [Test]
    public async Task Systemd_has_nothing_to_say_about_the_unit()
    {
        Requires.SystemdAnalyze();
        using TemporaryDirectory directory = new();
        // It also checks that the program exists, which is not installed here.
        string unit = (await File.ReadAllTextAsync(Unit)).Replace("ExecStart=/opt/messagequeue/mq", "ExecStart=/bin/true");
        await File.WriteAllTextAsync(directory.Combine("messagequeue.service"), unit);

        await using ChildProcess check = ChildProcess.Start("systemd-analyze", ["verify", directory.Combine("messagequeue.service")]);

        (await check.ExitAsync()).Should().Be(0);
        check.Error.Lines.Should().BeEmpty("it warns of settings that it does not know, and does not fail");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task The_service_is_ready_when_clients_can_connect_and_tells_when_it_stops(bool isAbstract)
    {
        Requires.Signals();
        using TemporaryDirectory data = new();
        string name = isAbstract ? $"@{Guid.NewGuid():N}" : data.Combine("notify");
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(isAbstract ? $"\0{name[1..]}" : name));
        await using HostProcess host = HostProcess.Launch(
            ["--url", "http://127.0.0.1:0", "--data", data.Combine("data")], new Dictionary<string, string> { ["NOTIFY_SOCKET"] = name });

        string[] ready = await ReceiveAsync(systemd);
        ready.Should().HaveCount(2).And.StartWith("READY=1");
        await using EventClient client = await EventClient.ConnectAsync(ready[1]["STATUS=Listening on ".Length..], "session=alice");

        Task<int> ended = host.TerminateAsync();
        (await ReceiveAsync(systemd)).Should().StartWith("STOPPING=1");
        (await ended).Should().Be(0);
    }

    [Test]
    public async Task A_server_that_cannot_start_is_never_ready()
    {
        using TemporaryDirectory data = new();
        using Socket systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        systemd.Bind(new UnixDomainSocketEndPoint(data.Combine("notify")));
        await File.WriteAllTextAsync(data.Combine("file"), "");
        await using HostProcess host = HostProcess.Launch(
            ["--url", "http://127.0.0.1:0", "--data", Path.Combine(data.Combine("file"), "data")],
            new Dictionary<string, string> { ["NOTIFY_SOCKET"] = data.Combine("notify") });

        (await host.ExitAsync()).Should().Be(1);
        systemd.Available.Should().Be(0);
    }

    private static async Task<string[]> ReceiveAsync(Socket socket)
    {
        byte[] message = new byte[1024];
        int length = await socket.ReceiveAsync(message).OrTimeout();
        return Encoding.UTF8.GetString(message, 0, length).Split('\n');
    }
}
