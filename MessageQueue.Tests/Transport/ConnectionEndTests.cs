using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Transport;

/// <summary>The end of a connection while a send hangs.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ConnectionEndTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly RecordingHandler _handler = new();
    private readonly FakeUpgrade _upgrade = new();
    private ConnectionLimits _limits = null!;
    private Heartbeat _heartbeat = null!;
    private WebSocketConnection _connection = null!;
    private Task _ended = null!;

    [SetUp]
    public async Task SetUp()
    {
        _limits = TransportServer.DefaultLimits with { TimeProvider = _clock, CloseTimeout = TimeSpan.FromSeconds(1) };
        _heartbeat = new Heartbeat(_limits, NullLogger.Instance);
        _connection = await WebSocketConnection.AcceptAsync(_upgrade.Context, _limits, null, _heartbeat, NullLogger.Instance).OrTimeout();
        _upgrade.Output.Blocks = true;
        _ended = _connection.RunAsync(_handler);
    }

    [TearDown]
    public void TearDown() => _heartbeat.Dispose();

    [Test]
    public async Task The_request_ends_only_after_the_send()
    {
        _connection.TryWrite(WebSocketFrame.BuildText("stuck"u8));
        _connection.Flush();
        await _upgrade.Client.CompleteAsync();
        await _handler.Closed;

        _ended.IsCompleted.Should().BeFalse();
        _upgrade.Output.Release();

        await _ended.OrTimeout();
        _upgrade.Output.Writes.Should().HaveCount(1);
        _upgrade.Aborts.Should().Be(0);
    }

    [Test]
    public async Task A_send_without_progress_is_aborted_after_the_close_timeout()
    {
        _connection.TryWrite(WebSocketFrame.BuildText("stuck"u8));
        _connection.Flush();
        _connection.Close(CloseReason.ServerStopping);

        _clock.Advance(_limits.CloseTimeout);
        await _handler.Closed;

        _upgrade.Aborts.Should().Be(1);
        _ended.IsCompleted.Should().BeFalse("an abort is what makes the server fail the send");
        _upgrade.Output.Fail(new IOException("aborted"));
        await _ended.OrTimeout();
        _handler.ClosedCalls.Should().Be(1);
        _connection.Abort();
    }

    [Test]
    public async Task A_send_with_progress_gets_more_time()
    {
        _connection.TryWrite(new byte[200_000]);
        _connection.Flush();
        _connection.Close(CloseReason.TakenOver);
        while (!_upgrade.Output.Writes[^1].AsSpan().EndsWith(Encoding.UTF8.GetBytes(CloseReason.TakenOver.Text)))
        {
            _upgrade.Output.Release();
            _clock.Advance(_limits.CloseTimeout);
            _upgrade.Aborts.Should().Be(0);
        }

        _upgrade.Output.Release();
        _handler.ClosedCalls.Should().Be(0, "the client has time to answer");
        _clock.Advance(_limits.CloseTimeout);

        await _ended.OrTimeout();
        _upgrade.Aborts.Should().Be(0);
    }

    [Test]
    public async Task A_failed_send_ends_the_connection()
    {
        _connection.TryWrite(WebSocketFrame.BuildText("lost"u8));
        _connection.Flush();
        _upgrade.Output.Fail(new IOException("reset"));

        _upgrade.Aborts.Should().BePositive("that ends the read that is waiting, in a real server");
        await _upgrade.Client.CompleteAsync(new IOException("reset"));
        await _ended.OrTimeout();
        _handler.ClosedCalls.Should().Be(1);
    }

    [Test]
    public async Task A_silent_client_that_reads_its_output_stays_connected()
    {
        TimeSpan scanPeriod = _limits.PingInterval / 4;
        _connection.TryWrite(new byte[2_000_000]).Should().BeTrue();
        _connection.Flush();
        for (TimeSpan passed = TimeSpan.Zero; passed < 2 * _limits.IdleTimeout; passed += scanPeriod)
        {
            _clock.Advance(scanPeriod);
            _upgrade.Output.Release();
        }

        _upgrade.Aborts.Should().Be(0);

        _clock.Advance(_limits.IdleTimeout + scanPeriod);
        _upgrade.Aborts.Should().BePositive("it has stopped taking");
        _upgrade.Output.Fail(new IOException("aborted"));
        await _upgrade.Client.CompleteAsync();
        await _ended.OrTimeout();
    }
}
