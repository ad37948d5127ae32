using MessageQueue.Host;
using MessageQueue.Host.Settings;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.ConsoleHost;

/// <summary>The host serves Socket.IO clients, unless a setting says no.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SocketIOSetupTests
{
    [Test]
    public void Socket_IO_is_served_unless_it_is_switched_off()
    {
        HostSettings settings = new();
        SocketIOSetup.Add(settings);
        HostSettings without = new() { NoSocketIO = true };
        SocketIOSetup.Add(without);

        settings.Server.Dialects.Should().ContainSingle().Which.Path.Should().Be("/socket.io");
        without.Server.Dialects.Should().BeEmpty();
    }

    [Test]
    public async Task Limits_and_times_are_those_of_the_JSON_protocol()
    {
        HostSettings settings = new();
        settings.Server.MaxMessageBytes = 4096;
        settings.Server.PingInterval = TimeSpan.FromSeconds(5);
        settings.Server.IdleTimeout = TimeSpan.FromSeconds(12);
        SocketIOSetup.Add(settings);
        await using TestServer server = await TestServer.StartAsync(options => options.Dialects.Add(settings.Server.Dialects[0]));
        using HttpClient http = new();

        string handshake = await http.GetStringAsync($"{server.Url}/socket.io/?EIO=4&transport=polling").OrTimeout();

        handshake.Should().EndWith(""","pingInterval":5000,"pingTimeout":7000,"maxPayload":4096}""");
    }

    [Test]
    public void A_directory_of_the_client_that_is_not_there_is_named()
    {
        Action add = () => SocketIOSetup.Add(new HostSettings { SocketIOClient = "/no/such/directory" });

        add.Should().Throw<UsageException>().WithMessage("--socketio-client: '/no/such/directory' is not a directory*");
    }
}
