using MessageQueue.Protocol;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.Engine;

/// <summary>Engine.IO on a WebSocket. Framing has the same rules and limits as for the JSON protocol.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class WebSocketTests
{
    [Test]
    public async Task Messages_of_both_kinds_arrive_and_come_back_in_order()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        await socket.SendAsync(RawWebSocket.TextFrame("4hello"));
        await socket.SendAsync(RawWebSocket.Frame(RawWebSocket.Binary, [1, 2, 3]));
        await socket.SendAsync(RawWebSocket.TextFrame("4é€😀"));

        (await socket.ReadAsync())!.Text.Should().Be("4hello");
        (await socket.ReadAsync())!.Payload.Should().Equal(1, 2, 3);
        (await socket.ReadAsync())!.Text.Should().Be("4é€😀");
        handler.Calls.Should().Equal("hello", "binary 010203", "é€😀");
    }

    [TestCase("abc")]
    [TestCase("")]
    [TestCase("2")]
    [TestCase("7")]
    public async Task A_wrong_packet_ends_the_connection(string packet)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        await socket.SendAsync(RawWebSocket.TextFrame(packet));

        (await socket.ReadCloseAsync()).CloseCode.Should().Be(1002);
        await socket.SendAsync(RawWebSocket.CloseFrame(1000));
        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("closed");
    }

    [Test]
    public async Task A_close_packet_closes_the_WebSocket()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        await socket.SendAsync(RawWebSocket.TextFrame("1"));

        (await socket.ReadCloseAsync()).CloseCode.Should().Be(1000);
        await socket.SendAsync(RawWebSocket.CloseFrame(1000));
        await handler.Closed.OrTimeout();
        handler.Connection.ClosedWith.Should().Be(CloseReason.ClosedByClient);
        app.Server.ConnectionCount.Should().Be(0);
    }

    [Test]
    public async Task A_connection_that_breaks_off_is_reported()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();

        socket.Reset();

        await handler.Closed.OrTimeout();
        handler.Connection.ClosedWith.Should().BeNull();
    }

    [Test]
    public async Task A_close_by_the_server_has_its_code_and_comes_after_what_was_written_before()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;
        handler.Connection.Write(RecordingEngineHandler.Frame("last words"));

        handler.Connection.Close(CloseReason.SessionEnded);

        (await socket.ReadAsync())!.Text.Should().Be("4last words");
        (await socket.ReadCloseAsync()).CloseCode.Should().Be(4002);
    }

    [Test]
    public async Task A_stop_of_the_server_closes_the_WebSocket()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        Task stopping = app.StopAsync();

        (await socket.ReadCloseAsync()).CloseCode.Should().Be(1001);
        await stopping;
        handler.IsAbandoned.Should().BeTrue();
        handler.Closed.IsCompleted.Should().BeTrue();
    }

    private static IEnumerable<TestCaseData> Framing()
    {
        byte[] hello = "4hello"u8.ToArray();
        yield return Case("a frame without a mask", 1002, RawWebSocket.Frame(RawWebSocket.Text, hello, masked: false));
        yield return Case("a reserved bit", 1002, RawWebSocket.Frame(RawWebSocket.Text, hello, reserved: 4));
        yield return Case("an unknown opcode", 1002, RawWebSocket.Frame(0x3, hello));
        yield return Case("a continuation of nothing", 1002, RawWebSocket.Frame(RawWebSocket.Continuation, hello));
        yield return Case(
            "a message inside another", 1002,
            RawWebSocket.Frame(RawWebSocket.Text, hello, final: false), RawWebSocket.Frame(RawWebSocket.Text, hello));
        yield return Case("a ping in fragments", 1002, RawWebSocket.Frame(RawWebSocket.Ping, hello, final: false));
        yield return Case("a ping that is too long", 1002, RawWebSocket.Frame(RawWebSocket.Ping, new byte[126]));
        yield return Case("a negative length", 1002, RawWebSocket.Frame(RawWebSocket.Text, hello, announced: ulong.MaxValue));
        yield return Case("text that is not UTF-8", 1007, RawWebSocket.Frame(RawWebSocket.Text, [(byte)'4', 0xC0, 0xAF]));
        yield return Case(
            "text that ends inside a character", 1007,
            RawWebSocket.Frame(RawWebSocket.Text, [(byte)'4', 0xE2], final: false), RawWebSocket.Frame(RawWebSocket.Continuation, [0x82]));
        yield return Case(
            "a text that announces too much", 1009, RawWebSocket.Frame(RawWebSocket.Text, hello, announced: 1_000_001));
        yield return Case(
            "a binary message that announces too much", 1009, RawWebSocket.Frame(RawWebSocket.Binary, hello, announced: 1_000_001));
        yield return Case(
            "fragments that are too large together", 1009,
            RawWebSocket.Frame(RawWebSocket.Binary, new byte[600_000], final: false),
            RawWebSocket.Frame(RawWebSocket.Continuation, hello, announced: 600_000));
        yield return Case("a close frame with one byte", 1002, RawWebSocket.Frame(RawWebSocket.Close, [3]));
        yield return Case("a close code that may not be sent", 1002, RawWebSocket.CloseFrame(1005));

        static TestCaseData Case(string name, int code, params byte[][] frames) => new TestCaseData(code, frames).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Framing))]
    public async Task What_RFC_6455_forbids_costs_the_sender_its_connection_and_nobody_else(int code, byte[][] frames)
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket other, _) = await app.ConnectAsync();
        await using RawWebSocket closingOther = other;
        (RawWebSocket socket, RecordingEngineHandler handler) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        foreach (byte[] frame in frames)
        {
            await socket.SendAsync(frame);
        }

        (await socket.ReadCloseAsync()).CloseCode.Should().Be(code);
        await socket.SendAsync(RawWebSocket.CloseFrame(1000));
        await handler.Closed.OrTimeout();
        handler.Calls.Should().Equal("closed");
        await other.SendAsync(RawWebSocket.TextFrame("4still here"));
        (await other.ReadAsync())!.Text.Should().Be("4still here");
    }

    [Test]
    public async Task A_message_in_fragments_with_a_ping_between_them_is_whole()
    {
        await using EngineApp app = await EngineApp.StartAsync();
        (RawWebSocket socket, _) = await app.ConnectAsync();
        await using RawWebSocket closing = socket;

        await socket.SendAsync(RawWebSocket.Frame(RawWebSocket.Text, "4hel"u8, final: false));
        await socket.SendAsync(RawWebSocket.Frame(RawWebSocket.Ping, "?"u8));
        await socket.SendAsync(RawWebSocket.Frame(RawWebSocket.Continuation, "lo"u8));

        (await socket.ReadAsync())!.Opcode.Should().Be(RawWebSocket.Pong);
        (await socket.ReadAsync())!.Text.Should().Be("4hello");
    }
}
