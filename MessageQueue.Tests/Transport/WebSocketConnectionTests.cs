using System.Net.WebSockets;
using System.Text;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Transport;

/// <summary>Messages in and out, as the framework's own client and as bare bytes.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class WebSocketConnectionTests
{
    [Test]
    public async Task A_text_message_comes_back_to_the_frameworks_client()
    {
        await using TransportServer server = await TransportServer.StartAsync(script: TransportServer.Echo);
        using ClientWebSocket client = new();
        client.Options.AddSubProtocol("mq.v1");
        await client.ConnectAsync(server.Url, CancellationToken.None).OrTimeout();
        client.SubProtocol.Should().Be("mq.v1");

        foreach (int length in (int[])[0, 1, 125, 126, 4096, 65535, 65536, 300_000])
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

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", CancellationToken.None).OrTimeout();
        AcceptedConnection accepted = await server.AcceptedAsync();
        await accepted.Ended.OrTimeout();
        accepted.Handler.ClosedCalls.Should().Be(1);
    }
}
