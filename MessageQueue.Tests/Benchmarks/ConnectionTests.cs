using System.Net;
using System.Net.Sockets;
using System.Text;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Benchmarks;

/// <summary>The generator's connections: what comes in pieces is read, and what the socket does not take is sent later.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConnectionTests
{
    private static readonly TimeSpan Limit = Timeouts.Limit;

    [Test]
    [Platform("Linux", Reason = "the generator uses epoll")]
    public async Task Reads_a_frame_that_is_larger_than_its_buffer()
    {
        const int Messages = 300_000;
        byte[] message = Encoding.ASCII.GetBytes($"MSG deliver.r 2 126\r\n{EventData.Text}\r\n");
        long size = (long)Messages * message.Length;
        byte[] header = [0x82, 127, 0, 0, 0, 0, (byte)(size >> 24), (byte)(size >> 16), (byte)(size >> 8), (byte)size];
        (Socket server, Connection connection) = await ConnectAsync(new NatsDialect());
        using LoadLoop loop = new();
        loop.Add(connection);
        Task sending = Task.Run(() =>
        {
            server.Send(header);
            for (int i = 0; i < Messages; i++)
            {
                server.Send(message);
            }
        });

        loop.RunUntil(() => loop.Events == Messages, Limit, "the delivery");

        await sending.OrTimeout();
        server.Dispose();
    }

    [Test]
    [Platform("Linux", Reason = "the generator uses epoll")]
    public async Task Sends_later_what_the_socket_does_not_take()
    {
        (Socket server, Connection connection) = await ConnectAsync(new JsonDialect());
        using LoadLoop loop = new();
        loop.Add(connection);
        connection.Send(new byte[64 << 20]);
        connection.HasUnsent.Should().BeTrue();
        loop.AddSender(connection, _ => { });
        Task<int> receiving = Task.Run(() =>
        {
            byte[] buffer = new byte[1 << 20];
            int received = 0;
            while (received < 64 << 20)
            {
                received += server.Receive(buffer);
            }

            return received;
        });

        loop.RunUntil(() => receiving.IsCompleted, Limit, "the sending");

        connection.HasUnsent.Should().BeFalse();
        server.Dispose();
    }

    private static async Task<(Socket Server, Connection Connection)> ConnectAsync(IMessageReader reader)
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndpoint);
        return (await listener.AcceptSocketAsync().OrTimeout(), new Connection(client, reader, []));
    }
}
