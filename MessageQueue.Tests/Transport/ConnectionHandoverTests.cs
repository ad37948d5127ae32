using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace MessageQueue.Tests.Transport;

/// <summary>A WebSocket goes on without its request, on the same transport.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConnectionHandoverTests
{
    private readonly ManualTimeProvider _clock = new();

    private ConnectionLimits Limits => TransportServer.DefaultLimits with { TimeProvider = _clock };

    [Test]
    public async Task The_request_is_over_and_collected_while_its_connection_lives()
    {
        await using TransportServer server = await TransportServer.StartAsync(script: TransportServer.Echo);
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();

        await client.SendAsync(RawWebSocket.Frame(RawWebSocket.Text, "hello"u8));
        (await client.ReadAsync())!.Payload.Should().Equal("hello"u8.ToArray());

        await server.RequestEndedAsync().OrTimeout();
        CollectUntilGone(server);
        accepted.Ended.IsCompleted.Should().BeFalse();
        await client.SendAsync(RawWebSocket.Frame(RawWebSocket.Text, "again"u8));
        (await client.ReadAsync())!.Payload.Should().Equal("again"u8.ToArray());
    }

    [Test]
    public async Task Bytes_behind_the_handshake_are_not_lost()
    {
        await using TransportServer server = await TransportServer.StartAsync(script: TransportServer.Echo);
        string request = $"GET / HTTP/1.1\r\nHost: {server.Url.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            + "\x81\x80\0\0\0\0";
        await using RawWebSocket client = await RawWebSocket.RequestAsync(server.Url, request);

        client.Head.Should().StartWith("HTTP/1.1 101 ");
        (await client.ReadAsync())!.Payload.Should().BeEmpty();
    }

    [Test]
    public async Task A_connection_that_nobody_takes_stays_with_HTTP()
    {
        TestConnection connection = NewConnection();
        IDuplexPipe inner = connection.Transport;
        Beats beats = new();
        connection.Features.Set<IConnectionHeartbeatFeature>(beats);
        int heard = 0;

        await ConnectionHandover.ServeAsync(connection, http =>
        {
            http.Transport.Should().NotBeSameAs(inner);
            http.Features.Get<IConnectionHeartbeatFeature>()!.OnHeartbeat(_ => heard++, http);
            beats.Beat();
            http.Transport.Output.Complete();
            return Task.CompletedTask;
        }).OrTimeout();

        heard.Should().Be(1);
        beats.Beat();
        heard.Should().Be(1, "HTTP is over");
        connection.Transport.Should().BeSameAs(inner);
        connection.Features.Get<IConnectionHeartbeatFeature>().Should().BeSameAs(beats);
        (await connection.Application!.Input.ReadAsync().AsTask().OrTimeout()).IsCompleted.Should().BeTrue();
    }

    [Test]
    public async Task What_was_taken_runs_after_HTTP_even_if_that_fails_and_its_pipes_stay_open()
    {
        TestConnection connection = NewConnection();
        List<string> order = [];
        Func<Task> serving = () => ConnectionHandover.ServeAsync(connection, http =>
        {
            http.Features.Get<ConnectionHandover>()!.Take(async () =>
            {
                order.Add("work");
                await connection.Transport.Output.WriteAsync(new byte[1]);
            });
            order.Add("HTTP");
            http.Transport.Input.Complete();
            http.Transport.Output.Complete();
            throw new IOException("HTTP failed");
        });

        await serving.Should().ThrowAsync<IOException>();

        order.Should().Equal("HTTP", "work");
        ReadResult sent = await connection.Application!.Input.ReadAsync().AsTask().OrTimeout();
        (sent.Buffer.Length, sent.IsCompleted).Should().Be((1, false));
    }

    [TestCase(false, true)]
    [TestCase(true, true)]
    [TestCase(false, false)]
    public async Task A_client_that_takes_nothing_more_is_dropped_after_the_idle_timeout(bool isGoneBefore, bool isHandedOver)
    {
        TestConnection connection = NewConnection();
        using CancellationTokenSource closed = new();
        connection.ConnectionClosed = closed.Token;
        await ConnectionHandover.ServeAsync(connection, http =>
        {
            ConnectionHandover handover = http.Features.Get<ConnectionHandover>()!;
            handover.Use(Limits).Should().NotBeNull();
            if (isHandedOver)
            {
                handover.Take(() => Task.CompletedTask);
            }

            return Task.CompletedTask;
        }).OrTimeout();

        if (isGoneBefore)
        {
            await closed.CancelAsync();
        }

        _clock.Advance(Limits.IdleTimeout - TimeSpan.FromSeconds(1));
        connection.Aborts.Should().Be(0);
        _clock.Advance(TimeSpan.FromSeconds(1));
        connection.Aborts.Should().Be(isGoneBefore ? 0 : 1);
    }

    private static TestConnection NewConnection()
    {
        Pipe input = new();
        Pipe output = new();
        return new TestConnection(new DuplexPipe(input.Reader, output.Writer), new DuplexPipe(output.Reader, input.Writer));
    }

    // In a method of its own, so that no local of the test keeps the request.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CollectUntilGone(TransportServer server)
    {
        for (int i = 0; i < 50 && server.IsLastRequestAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        server.IsLastRequestAlive.Should().BeFalse("nothing of an open WebSocket keeps its request");
    }

    private sealed class Beats : IConnectionHeartbeatFeature
    {
        private readonly List<(Action<object> Act, object State)> _actions = [];

        public void OnHeartbeat(Action<object> action, object state) => _actions.Add((action, state));

        public void Beat() => _actions.ForEach(action => action.Act(action.State));
    }

    private sealed class TestConnection(IDuplexPipe transport, IDuplexPipe application)
        : DefaultConnectionContext("1", transport, application)
    {
        public int Aborts { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => Aborts++;
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
