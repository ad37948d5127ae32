using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>
/// Pings and dead connections, with a clock that only the test moves. An echo shows that the server has read what was sent before.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class HeartbeatTests
{
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromSeconds(50);
    private static readonly TimeSpan ScanPeriod = PingInterval / 4;

    private readonly ManualTimeProvider _clock = new();
    private readonly ConnectionLimits _limits;

    public HeartbeatTests() =>
        _limits = TransportServer.DefaultLimits with { TimeProvider = _clock, PingInterval = PingInterval, IdleTimeout = IdleTimeout };

    [Test]
    public async Task A_quiet_connection_is_pinged_at_the_interval_and_not_before()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits, TransportServer.Echo);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        await server.AcceptedAsync();

        _clock.Advance(PingInterval - ScanPeriod);
        await EchoesAsync(client);
        _clock.Advance(PingInterval);
        await EchoesAsync(client);
        _clock.Advance(ScanPeriod + PingInterval);
        (await client.ReadAsync())!.First.Should().Be(0x89);

        _clock.Advance(PingInterval);
        (await client.ReadAsync())!.First.Should().Be(0x89);
        await EchoesAsync(client);
    }

    [Test]
    public async Task A_silent_connection_is_dropped()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();

        _clock.Advance(IdleTimeout - ScanPeriod);
        (await client.ReadAsync())!.Opcode.Should().Be(Ping);
        (await client.ReadAsync())!.Opcode.Should().Be(Ping);
        accepted.Ended.IsCompleted.Should().BeFalse();
        _clock.Advance(ScanPeriod);

        await accepted.Ended.OrTimeout();
        (await client.ReadAsync()).Should().BeNull();
        accepted.Handler.ClosedCalls.Should().Be(1);
    }

    [Test]
    public async Task Any_received_byte_keeps_a_connection()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits, TransportServer.Echo);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();

        for (int i = 0; i < 5; i++)
        {
            _clock.Advance(IdleTimeout - ScanPeriod);
            await EchoesAsync(client, pings: 2);
        }

        accepted.Ended.IsCompleted.Should().BeFalse();
    }

    [Test]
    public async Task A_connection_whose_handler_is_busy_is_not_idle()
    {
        TaskCompletionSource busy = new();
        TaskCompletionSource release = new();
        await using TransportServer server = await TransportServer.StartAsync(
            _limits, (handler, output) => handler.OnMessage = async message =>
            {
                busy.SetResult();
                await release.Task;
                await TransportServer.EchoAsync(message, output);
            });
        await using RawWebSocket client = await ConnectAsync(server.Url);
        await client.SendAsync(TextFrame("work"));
        await busy.Task.OrTimeout();

        _clock.Advance(10 * IdleTimeout);
        release.SetResult();

        RawFrame? frame;
        do
        {
            frame = await client.ReadAsync();
            frame.Should().NotBeNull();
        }
        while (frame!.Opcode == Ping);
        frame.Text.Should().Be("work");
    }

    [Test]
    public async Task A_connection_that_does_not_read_its_output_is_dropped_even_while_its_handler_is_busy()
    {
        TaskCompletionSource busy = new();
        TaskCompletionSource release = new();
        await using TransportServer server = await TransportServer.StartAsync(_limits, (handler, _) => handler.OnMessage = async _ =>
        {
            busy.SetResult();
            await release.Task;
        });
        await using RawWebSocket client = await ConnectAsync(server.Url);
        await client.SendAsync(TextFrame("work"));
        AcceptedConnection accepted = await server.AcceptedAsync();
        await busy.Task.OrTimeout();
        await accepted.FillAsync();

        // Bytes that the kernel still accepts count as progress, so the number of scans is not known in advance.
        await _clock.AdvanceUntilAsync(() => accepted.Aborted.IsCancellationRequested, ScanPeriod);

        release.SetResult();
        await accepted.Ended.OrTimeout();
    }

    /// <summary>Sends a message and waits until the server has read it. Frames that the server sent earlier come first.</summary>
    private static async Task EchoesAsync(RawWebSocket client, int pings = 0)
    {
        await client.SendAsync((byte[])[.. Frame(Pong, []), .. TextFrame("still here")]);
        for (int i = 0; i < pings; i++)
        {
            (await client.ReadAsync())!.Opcode.Should().Be(Ping);
        }

        (await client.ReadAsync())!.Text.Should().Be("still here");
    }
}
