using System.Buffers.Text;
using System.Text;
using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>
/// NATS' text protocol in binary frames. A room is a subject of one stream; a receiver is a durable push consumer that needs no
/// acknowledgements, as <c>ack=auto</c> of the JSON protocol.
/// </summary>
internal sealed class NatsDialect : Dialect
{
    private const string Stream = "S";
    private const byte AcknowledgementSubscription = (byte)'1';

    private static readonly byte[] Pong = ClientFrame.Binary("PONG\r\n"u8);

    public override void Prepare(int port)
    {
        using ClientHandshake handshake = Connect(port);
        Request(handshake, $"STREAM.CREATE.{Stream}", $$"""{"name":"{{Stream}}","subjects":["room.*"],"storage":"file"}""");
    }

    public override Connection ConnectPublisher(int port, string name)
    {
        ClientHandshake handshake = Connect(port);
        Send(handshake, $"SUB inbox.{name} 1\r\nPING\r\n");
        handshake.ReceiveUntil("PONG");
        return handshake.Complete(this);
    }

    public override Connection ConnectReceiver(int port, string room, string name) => Subscribe(port, room, name, "new");

    public override Connection ConnectDurable(int port, string room, string name) => Subscribe(port, room, name, "all");

    public override Connection ConnectAgain(int port, string room, string name)
    {
        ClientHandshake handshake = Connect(port);
        Send(handshake, $"SUB deliver.{name} 2\r\n");
        return handshake.Complete(this);
    }

    public override byte[] Publish(string room, string publisher)
    {
        string header = $"PUB room.{room} inbox.{publisher} {EventData.Utf8.Length}\r\n";
        return ClientFrame.Binary([.. Encoding.ASCII.GetBytes(header), .. EventData.Utf8, .. "\r\n"u8]);
    }

    public override bool ReadsStream => true;

    public override int Read(ReadOnlySpan<byte> payload, ref Tally tally)
    {
        int position = 0;
        while (payload[position..].IndexOf((byte)'\n') is >= 0 and int end)
        {
            ReadOnlySpan<byte> line = payload.Slice(position, end).TrimEnd((byte)'\r');
            int next = position + end + 1;
            if (line.StartsWith("MSG "u8))
            {
                int size = SizeOf(line);
                if (payload.Length - next < size + 2)
                {
                    break;
                }

                ReadMessage(line, payload.Slice(next, size), ref tally);
                next += size + 2;
            }
            else
            {
                ReadControl(line, ref tally);
            }

            position = next;
        }

        return position;
    }

    private static void ReadMessage(ReadOnlySpan<byte> line, ReadOnlySpan<byte> message, ref Tally tally)
    {
        ReadOnlySpan<byte> afterSubject = line[(line[4..].IndexOf((byte)' ') + 5)..];
        if (afterSubject[0] != AcknowledgementSubscription)
        {
            tally.AddEvent(message);
        }
        else if (message.StartsWith("{\"stream\""u8))
        {
            tally.Acknowledged++;
        }
        else
        {
            throw new PeerException(Encoding.UTF8.GetString(message));
        }
    }

    private static void ReadControl(ReadOnlySpan<byte> line, ref Tally tally)
    {
        if (line.StartsWith("PING"u8))
        {
            tally.Reply = Pong;
        }
        else if (line.StartsWith("-ERR"u8))
        {
            throw new PeerException(Encoding.UTF8.GetString(line));
        }
    }

    private static int SizeOf(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line[(line.LastIndexOf((byte)' ') + 1)..], out int size, out _)
            ? size : throw new PeerException($"not a message: {Encoding.UTF8.GetString(line)}");

    private Connection Subscribe(int port, string room, string name, string policy)
    {
        ClientHandshake handshake = Connect(port);
        Send(handshake, $"SUB deliver.{name} 2\r\n");
        Request(handshake, $"CONSUMER.DURABLE.CREATE.{Stream}.{name}", $$"""
            {"stream_name":"{{Stream}}","config":{
            "durable_name":"{{name}}","deliver_subject":"deliver.{{name}}","filter_subject":"room.{{room}}",
            "deliver_policy":"{{policy}}","ack_policy":"none","replay_policy":"instant"} }
            """);
        return handshake.Complete(this);
    }

    private static ClientHandshake Connect(int port)
    {
        ClientHandshake handshake = new(port);
        handshake.Upgrade("/");
        handshake.ReceiveUntil("INFO");
        Send(handshake, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n");
        return handshake;
    }

    private static void Request(ClientHandshake handshake, string api, string body)
    {
        Send(handshake, $"SUB answer.{api} 9\r\nPUB $JS.API.{api} answer.{api} {Encoding.UTF8.GetByteCount(body)}\r\n{body}\r\n");
        string answer = handshake.ReceiveUntil("_response");
        if (answer.Contains("\"error\"", StringComparison.Ordinal))
        {
            throw new PeerException(answer);
        }
    }

    private static void Send(ClientHandshake handshake, string text) => handshake.Send(ClientFrame.Binary(Encoding.UTF8.GetBytes(text)));
}
