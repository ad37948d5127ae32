using System.Net.WebSockets;
using System.Text;
using MessageQueue.Tests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MessageQueue.Tests.Transport;

/// <summary>Messages in both directions, with the framework's own client and with raw bytes.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class WebSocketConnectionTests
{
    private static readonly int[] Lengths = [0, 1, 125, 126, 4096, 65535, 65536, 300_000, 1 << 20];

    [TestCase(false)]
    [TestCase(true)]
    public async Task Text_of_any_length_comes_back_to_the_frameworks_client(bool appUsesWebSockets)
    {
        await using TransportServer server = await TransportServer.StartAsync(
            script: TransportServer.Echo, appUsesWebSockets: appUsesWebSockets);
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("mq.v1");
        await client.ConnectAsync(server.Url, CancellationToken.None).OrTimeout();
        client.SubProtocol.Should().Be("mq.v1");

        await EchoesAsync(client);

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None).OrTimeout();
        AcceptedConnection accepted = await server.AcceptedAsync();
        await accepted.Ended.OrTimeout();
        accepted.Handler.ClosedCalls.Should().Be(1);
    }

    [Test]
    public async Task Text_comes_back_over_HTTP_2()
    {
        await using TransportServer server = await TransportServer.StartAsync(script: TransportServer.Echo, protocols: HttpProtocols.Http2);
        using SocketsHttpHandler handler = new();
        using HttpMessageInvoker invoker = new(handler);
        using ClientWebSocket client = new();
        client.Options.HttpVersion = new Version(2, 0);
        client.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await client.ConnectAsync(server.Url, invoker, CancellationToken.None).OrTimeout();

        await EchoesAsync(client);

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None).OrTimeout();
        await (await server.AcceptedAsync()).Ended.OrTimeout();
    }

    [Test]
    public async Task A_ping_inside_a_fragmented_message_is_answered_at_once_and_the_message_is_whole()
    {
        await using TransportServer server = await TransportServer.StartAsync(script: TransportServer.Echo);
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server.Url);

        await client.SendAsync(RawWebSocket.Frame(RawWebSocket.Text, "Hel"u8, final: false));
        await client.SendAsync(RawWebSocket.Frame(RawWebSocket.Ping, "now"u8));
        RawFrame pong = (await client.ReadAsync())!;
        pong.First.Should().Be(0x8A);
        pong.Text.Should().Be("now");

        await client.SendAsync(RawWebSocket.Frame(RawWebSocket.Continuation, "lo, "u8, final: false));
        await client.SendAsync(RawWebSocket.Frame(RawWebSocket.Continuation, [], final: false));
        await client.SendAsync(RawWebSocket.Frame(RawWebSocket.Continuation, "wörld"u8));
        (await client.ReadAsync())!.Text.Should().Be("Hello, wörld");
    }

    [Test]
    public async Task Messages_sent_byte_by_byte_and_many_at_once_arrive_in_order()
    {
        await using TransportServer server = await TransportServer.StartAsync();
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server.Url);
        RecordingHandler handler = (await server.AcceptedAsync()).Handler;

        byte[] frame = RawWebSocket.TextFrame("slow");
        foreach (byte value in frame)
        {
            await client.SendAsync(new[] { value });
        }

        (await handler.NextTextAsync()).Should().Be("slow");
        await client.SendAsync(Enumerable.Range(0, 1000).SelectMany(i => RawWebSocket.TextFrame($"{i}")).ToArray());
        for (int i = 0; i < 1000; i++)
        {
            (await handler.NextTextAsync()).Should().Be($"{i}");
        }
    }

    [Test]
    public async Task A_message_is_read_only_after_the_handler_has_finished_the_one_before()
    {
        TaskCompletionSource release = new();
        List<string> messages = [];
        await using TransportServer server = await TransportServer.StartAsync(
            script: (handler, output) => handler.OnMessage = async message =>
            {
                messages.Add(Encoding.UTF8.GetString(message.Span));
                await release.Task;
                messages.Add(Encoding.UTF8.GetString(message.Span) + " again");
                await TransportServer.EchoAsync(message, output);
            });
        await using RawWebSocket client = await RawWebSocket.ConnectAsync(server.Url);

        await client.SendAsync((byte[])[.. RawWebSocket.TextFrame("one"), .. RawWebSocket.TextFrame("two")]);
        await server.AcceptedAsync();
        release.SetResult();
        (await client.ReadAsync())!.Text.Should().Be("one");
        (await client.ReadAsync())!.Text.Should().Be("two");
        messages.Should().Equal("one", "one again", "two", "two again");
    }

    private static async Task EchoesAsync(ClientWebSocket client)
    {
        foreach (int length in Lengths)
        {
            byte[] message = Encoding.UTF8.GetBytes(new string('x', length));
            await client.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).OrTimeout();
            byte[] received = new byte[length + 1];
            ValueWebSocketReceiveResult result;
            int count = 0;
            do
            {
                result = await client.ReceiveAsync(received.AsMemory(count), CancellationToken.None).OrTimeout();
                count += result.Count;
            }
            while (!result.EndOfMessage);

            received.AsSpan(0, count).SequenceEqual(message).Should().BeTrue();
        }
    }
}
