using System.Text;
using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>SignalR's JSON protocol, to the hub of this project.</summary>
internal sealed class SignalRDialect : Dialect
{
    private const char End = '\x1e';

    // {"type":1 is an invocation, 3 a completion, 6 a ping, 7 a close.
    private const int TypeAt = 8;

    public override Connection ConnectPublisher(int port, string name) => Connect(port).Complete(this);

    public override Connection ConnectReceiver(int port, string room, string name)
    {
        ClientHandshake handshake = Connect(port);
        handshake.Send($$"""{"type":1,"invocationId":"0","target":"Join","arguments":["{{room}}"]}""" + End);
        handshake.ReceiveUntil("\"type\":3");
        return handshake.Complete(this);
    }

    public override byte[] Publish(string room, string publisher) => ClientFrame.Text(
        $$"""{"type":1,"invocationId":"1","target":"Publish","arguments":["{{room}}","{{EventData.Text}}"]}""" + End);

    public override bool ReadsStream => true;

    public override int Read(ReadOnlySpan<byte> payload, ref Tally tally)
    {
        // A frame may carry several messages, and end within one.
        int position = 0;
        while (payload[position..].IndexOf((byte)End) is >= 0 and int length)
        {
            ReadMessage(payload.Slice(position, length), ref tally);
            position += length + 1;
        }

        return position;
    }

    private static void ReadMessage(ReadOnlySpan<byte> message, ref Tally tally)
    {
        switch (message[TypeAt])
        {
            case (byte)'1':
                tally.AddEvent(message);
                break;
            case (byte)'3':
                tally.Acknowledged++;
                break;
            case (byte)'7':
                throw new PeerException(Encoding.UTF8.GetString(message));
        }
    }

    private static ClientHandshake Connect(int port)
    {
        ClientHandshake handshake = new(port);
        handshake.Upgrade("/hub");
        handshake.Send("""{"protocol":"json","version":1}""" + End);
        handshake.ReceiveUntil("{}");
        return handshake;
    }
}
