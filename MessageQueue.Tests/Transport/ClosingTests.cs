using System.Net.WebSockets;
using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using static MessageQueue.Tests.Infrastructure.RawWebSocket;

namespace MessageQueue.Tests.Transport;

/// <summary>
/// How a connection ends, from either side. The clock moves only when a test moves it, so nothing here can end by a hidden timeout.
/// </summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class ClosingTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly ConnectionLimits _limits;

    public ClosingTests() => _limits = TransportServer.DefaultLimits with
    {
        TimeProvider = _clock,
        PingInterval = Timeout.InfiniteTimeSpan,
        IdleTimeout = Timeout.InfiniteTimeSpan,
    };

    [Test]
    public async Task The_answer_to_a_clients_close_follows_what_was_written_before()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();
        accepted.Connection.TryWrite(WebSocketFrame.BuildText("last words"u8)).Should().BeTrue();

        await client.SendAsync((byte[])[.. TextFrame("bye"), .. CloseFrame(1001)]);

        (await client.ReadAsync())!.Text.Should().Be("last words");
        (await client.ReadCloseAsync()).CloseCode.Should().Be(CloseCode.Normal);
        (await client.ReadAsync()).Should().BeNull();
        client.WasReset.Should().BeFalse();
        await accepted.Ended.OrTimeout();
        (await accepted.Handler.NextTextAsync()).Should().Be("bye");
        accepted.Handler.ClosedCalls.Should().Be(1);
    }

    [Test]
    public async Task The_frameworks_client_sees_the_servers_code_and_reason_and_answers()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits);
        using ClientWebSocket client = new();
        await client.ConnectAsync(server.Url, CancellationToken.None).OrTimeout();
        AcceptedConnection accepted = await server.AcceptedAsync();

        accepted.Connection.Close(CloseReason.TakenOver);
        accepted.Connection.Close(CloseReason.ServerStopping);

        ValueWebSocketReceiveResult result = await client.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None).OrTimeout();
        result.MessageType.Should().Be(WebSocketMessageType.Close);
        client.CloseStatus.Should().Be((WebSocketCloseStatus)CloseCode.TakenOver);
        client.CloseStatusDescription.Should().Be(CloseReason.TakenOver.Text);
        accepted.Ended.IsCompleted.Should().BeFalse("the client has not answered yet");

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None).OrTimeout();
        await accepted.Ended.OrTimeout();
        accepted.Handler.ClosedCalls.Should().Be(1);
    }

    [Test]
    public async Task After_a_close_nothing_is_written_and_no_message_is_handled()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();
        accepted.Connection.TryWrite(WebSocketFrame.BuildText("before"u8));

        accepted.Connection.Close(CloseReason.SessionEnded);

        accepted.Connection.TryWrite(WebSocketFrame.BuildText("after"u8)).Should().BeFalse();
        accepted.Connection.Write(WebSocketFrame.BuildText("after"u8));
        accepted.Connection.Flush();
        await client.SendAsync((byte[])[.. TextFrame("late"), .. Frame(Ping, []), .. TextFrame("later"), .. CloseFrame(1000)]);
        (await client.ReadAsync())!.Text.Should().Be("before");
        (await client.ReadCloseAsync()).CloseCode.Should().Be(CloseCode.SessionEnded);
        (await client.ReadAsync()).Should().BeNull("neither data nor a pong follows a close frame");
        await accepted.Ended.OrTimeout();
        accepted.Handler.MessagesWaiting.Should().Be(0);
    }

    [Test]
    public async Task A_client_that_does_not_answer_a_close_is_disconnected_after_the_timeout()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();
        accepted.Connection.Close(CloseReason.TooManySessions);
        (await client.ReadCloseAsync()).CloseCode.Should().Be(CloseCode.Overloaded);

        _clock.Advance(_limits.CloseTimeout - TimeSpan.FromTicks(1));
        accepted.Ended.IsCompleted.Should().BeFalse();
        _clock.Advance(TimeSpan.FromTicks(1));

        await accepted.Ended.OrTimeout();
        (await client.ReadAsync()).Should().BeNull();
        client.WasReset.Should().BeFalse();
    }

    [TestCase(Text, CloseCode.TooBig)]
    [TestCase(Binary, CloseCode.UnsupportedData)]
    [TestCase(7, CloseCode.ProtocolError)]
    public async Task The_code_reaches_a_client_that_is_still_sending(int opcode, int code)
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits with { MaxMessageBytes = 1000 });
        await using RawWebSocket client = await ConnectAsync(server.Url);

        // Far more than all buffers on the way hold, and the handler does not read it. It gets through only because the server discards it.
        await client.SendAsync((byte[])[.. Frame(opcode, []), .. Frame(Text, new byte[32 << 20])]);

        (await client.ReadCloseAsync()).CloseCode.Should().Be(code);
        await client.SendAsync(CloseFrame(code));
        (await client.ReadAsync()).Should().BeNull();
        client.WasReset.Should().BeFalse();
        await (await server.AcceptedAsync()).Ended.OrTimeout();
    }

    [Test]
    public async Task After_a_close_input_is_discarded_while_a_handler_still_runs_and_the_handler_is_awaited()
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

        accepted.Connection.Close(CloseReason.TakenOver);
        await client.SendAsync(Enumerable.Repeat(Frame(Text, new byte[1 << 20]), 32).SelectMany(frame => frame).ToArray());
        (await client.ReadCloseAsync()).CloseCode.Should().Be(CloseCode.TakenOver);
        await client.SendAsync(CloseFrame(1000));
        accepted.Handler.ClosedCalls.Should().Be(0, "the last message is still being handled");
        release.SetResult();

        await accepted.Ended.OrTimeout();
        accepted.Handler.ClosedCalls.Should().Be(1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_client_that_is_gone_is_reported_once(bool reset)
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits, TransportServer.Echo);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        await client.SendAsync(TextFrame("hello"));
        (await client.ReadAsync())!.Text.Should().Be("hello");
        AcceptedConnection accepted = await server.AcceptedAsync();

        if (reset)
        {
            client.Reset();
        }
        else
        {
            client.ShutdownSend();
        }

        await accepted.Ended.OrTimeout();
        accepted.Handler.ClosedCalls.Should().Be(1);
        accepted.Connection.TryWrite(WebSocketFrame.BuildText("anyone?"u8)).Should().BeFalse();
        accepted.Connection.Write(WebSocketFrame.BuildText("anyone?"u8));
        accepted.Connection.Flush();
        accepted.Connection.Close(CloseReason.ServerStopping);
        accepted.Connection.Abort();
    }

    [Test]
    public async Task A_connection_may_be_closed_before_it_runs()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits, (_, output) => output.Close(CloseReason.NotAllowed));
        await using RawWebSocket client = await ConnectAsync(server.Url);
        await client.SendAsync(TextFrame("let me in"));

        RawFrame close = await client.ReadCloseAsync();
        close.CloseCode.Should().Be(CloseCode.NotAllowed);
        close.CloseReason.Should().Be(CloseReason.NotAllowed.Text);
        await client.SendAsync(CloseFrame(CloseCode.NotAllowed));
        AcceptedConnection accepted = await server.AcceptedAsync();
        await accepted.Ended.OrTimeout();
        accepted.Handler.MessagesWaiting.Should().Be(0);
        accepted.Handler.ClosedCalls.Should().Be(1);
    }

    [Test]
    public async Task Cancelling_a_connection_closes_it_with_1001()
    {
        using CancellationTokenSource stopping = new();
        await using TransportServer server = await TransportServer.StartAsync(_limits, stopping: stopping.Token);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        await server.AcceptedAsync();

        await stopping.CancelAsync();

        (await client.ReadCloseAsync()).CloseCode.Should().Be(CloseCode.GoingAway);
        await client.SendAsync(CloseFrame(CloseCode.GoingAway));
        (await client.ReadAsync()).Should().BeNull();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_handler_that_throws_closes_its_connection(bool atOnce)
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits, (handler, _) => handler.OnMessage = async _ =>
        {
            if (!atOnce)
            {
                await Task.Yield();
            }

            throw new InvalidOperationException("a bug");
        });
        server.ExpectedErrors.Add("a bug");
        await using RawWebSocket client = await ConnectAsync(server.Url);
        await client.SendAsync((byte[])[.. TextFrame("one"), .. TextFrame("two"), .. CloseFrame(1000)]);

        (await client.ReadCloseAsync()).CloseCode.Should().Be(CloseCode.ServerFailed);
        await (await server.AcceptedAsync()).Ended.OrTimeout();
    }

    [Test]
    public async Task A_client_that_does_not_read_is_aborted_after_the_close_timeout()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();
        await accepted.FillAsync();

        accepted.Connection.Close(CloseReason.ServerStopping);

        // The output makes progress until the kernel's buffers are full, and every progress extends the time.
        await _clock.AdvanceUntilAsync(() => accepted.Ended.IsCompleted, _limits.CloseTimeout);
        await accepted.Ended.OrTimeout();
        accepted.Handler.ClosedCalls.Should().Be(1);
    }

    [Test]
    public async Task A_slow_client_gets_everything_written_before_the_close_and_the_code()
    {
        await using TransportServer server = await TransportServer.StartAsync(_limits);
        await using RawWebSocket client = await ConnectAsync(server.Url);
        AcceptedConnection accepted = await server.AcceptedAsync();
        int written = await accepted.FillAsync();

        accepted.Connection.Close(CloseReason.TakenOver);

        for (int i = 0; i < written; i++)
        {
            AcceptedConnection.NumberOf((await client.ReadAsync())!).Should().Be(i);
        }

        (await client.ReadCloseAsync()).CloseCode.Should().Be(CloseCode.TakenOver);
        await client.SendAsync(CloseFrame(1000));
        await accepted.Ended.OrTimeout();
    }
}
