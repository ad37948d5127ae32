using System.Text;
using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>This project's JSON protocol.</summary>
internal sealed class JsonDialect : Dialect
{
    // Where the types "ack", "event", "error" and the rest differ: {"type":"ack" ...
    private const int TypeAt = 9;

    public override Connection ConnectPublisher(int port, string name) => Connect(port, $"session={name}");

    public override Connection ConnectReceiver(int port, string room, string name) => Connect(port, $"room={room}&ack=auto");

    public override Connection ConnectDurable(int port, string room, string name) =>
        Connect(port, $"session={name}&room={room}&ack=auto");

    public override byte[] Publish(string room, string publisher) =>
        ClientFrame.Text($$"""{"type":"emit","event":"e","to":"{{room}}","data":"{{EventData.Text}}"}""");

    public override int Read(ReadOnlySpan<byte> payload, ref Tally tally)
    {
        ReadOnlySpan<byte> type = payload[TypeAt..];
        if (type.StartsWith("ev"u8))
        {
            tally.AddEvent(payload);
        }
        else if (type.StartsWith("ack"u8))
        {
            tally.Acknowledged++;
        }
        else if (type.StartsWith("er"u8) || type.StartsWith("gap"u8))
        {
            throw new PeerException(Encoding.UTF8.GetString(payload));
        }

        return payload.Length;
    }

    private Connection Connect(int port, string query)
    {
        using ClientHandshake handshake = new(port);
        handshake.Upgrade("/?" + query);
        handshake.ReceiveUntil("\"welcome\"");
        return handshake.Complete(this);
    }
}
