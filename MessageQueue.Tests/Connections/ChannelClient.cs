using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Connections;

/// <summary>The other end of a <see cref="ChannelSocket"/>. What comes for one channel waits while a test looks at another.</summary>
internal sealed class ChannelClient : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly Dictionary<byte, Queue<byte[]>> _received = [];
    private readonly byte[] _buffer = new byte[1 << 20];

    public static async Task<ChannelClient> ConnectAsync(ChannelServer server)
    {
        ChannelClient client = new();
        await client._socket.ConnectAsync(server.Url, CancellationToken.None).OrTimeout();
        return client;
    }

    /// <summary>Opens a channel. Returns whether its session existed before, and how many events are pending.</summary>
    public async Task<(bool Resumed, long Pending)> OpenAsync(byte channel, string ns, string session, string room)
    {
        await SendAsync(channel, 'O', [.. Text(ns), .. Text(session), .. Text(room)]);
        byte[] welcome = await NextAsync(channel, 'w');
        return (welcome[0] == 1, BinaryPrimitives.ReadInt64BigEndian(welcome.AsSpan(1)));
    }

    /// <summary>Emits with the same reference each time, and returns the number of the event.</summary>
    public async Task<long> EmitAsync(byte channel, string room, string data)
    {
        byte[] reference = Text("r");
        await SendAsync(channel, 'E', [.. reference, .. Text(room), .. Text("say"), .. Encoding.UTF8.GetBytes(data)]);
        byte[] acknowledged = await NextAsync(channel, 'a');
        acknowledged[..reference.Length].Should().Equal(reference);
        return BinaryPrimitives.ReadInt64BigEndian(acknowledged.AsSpan(reference.Length));
    }

    public Task AcknowledgeAsync(byte channel, long number)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return SendAsync(channel, 'A', bytes);
    }

    /// <summary>Completes when everything that was sent before on this channel is applied.</summary>
    public async Task PingAsync(byte channel)
    {
        await SendAsync(channel, 'P', Text("p"));
        await NextAsync(channel, 'p');
    }

    /// <summary>Returns the next event of a channel.</summary>
    public async Task<(long Number, bool Redelivered, string Data)> NextEventAsync(byte channel)
    {
        byte[] received = await NextAsync(channel, 'e');
        int name = received[sizeof(long) + 1];
        string data = Encoding.UTF8.GetString(received.AsSpan(sizeof(long) + 2 + name));
        return (BinaryPrimitives.ReadInt64BigEndian(received), received[sizeof(long)] == 1, data);
    }

    /// <summary>Returns why the next request of a channel was refused.</summary>
    public async Task<string> RefusedCodeAsync(byte channel)
    {
        byte[] refused = await NextAsync(channel, 'r');
        return Encoding.UTF8.GetString(refused.AsSpan(1 + refused[0]));
    }

    /// <summary>Returns the code with which a channel was closed.</summary>
    public async Task<int> CloseCodeAsync(byte channel) => BinaryPrimitives.ReadUInt16BigEndian(await NextAsync(channel, 'x'));

    public Task SendAsync(byte channel, char letter, byte[] rest)
    {
        byte[] message = [channel, (byte)letter, .. rest];
        return _socket.SendAsync(message.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None).OrTimeout();
    }

    public Task CloseAsync() => _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).OrTimeout();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static byte[] Text(string text) => [(byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)];

    /// <summary>
    /// Returns the next message of a channel with this letter, without channel and letter. Other messages before it wait.
    /// </summary>
    private async Task<byte[]> NextAsync(byte channel, char letter)
    {
        Queue<byte[]> waiting = WaitingOf(channel);
        for (int i = waiting.Count; i > 0; i--)
        {
            byte[] message = waiting.Dequeue();
            if (message[1] == letter)
            {
                // The messages that stay keep their order.
                for (int other = 1; other < i; other++)
                {
                    waiting.Enqueue(waiting.Dequeue());
                }

                return message[2..];
            }

            waiting.Enqueue(message);
        }

        while (true)
        {
            byte[] message = await ReceiveAsync();
            if (message[0] == channel && message[1] == letter)
            {
                return message[2..];
            }

            WaitingOf(message[0]).Enqueue(message);
        }
    }

    private Queue<byte[]> WaitingOf(byte channel)
    {
        if (!_received.TryGetValue(channel, out Queue<byte[]>? waiting))
        {
            _received.Add(channel, waiting = new Queue<byte[]>());
        }

        return waiting;
    }

    private async Task<byte[]> ReceiveAsync()
    {
        int length = 0;
        ValueWebSocketReceiveResult result;
        do
        {
            result = await _socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).OrTimeout();
            result.MessageType.Should().Be(WebSocketMessageType.Binary);
            length += result.Count;
        }
        while (!result.EndOfMessage);

        return _buffer[..length];
    }
}
