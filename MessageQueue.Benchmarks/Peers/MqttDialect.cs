using System.Text;
using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>
/// MQTT 3.1.1 over WebSocket. Publications have QoS 1, so that they are acknowledged; subscriptions QoS 0, which needs no acknowledgements
/// of the receivers, as <c>ack=auto</c> of the JSON protocol.
/// </summary>
internal sealed class MqttDialect : Dialect
{
    private const byte Connect = 0x10;
    private const byte PublishQoS1 = 0x32;
    private const byte Acknowledgement = 0x40;
    private const byte Subscribe = 0x82;
    private const byte CleanSession = 2;
    private const int TypeBits = 0xF0;
    private const int PublishBits = 0x30;

    // Any: the server returns it in its acknowledgement, and nobody has to tell publications apart.
    private static ReadOnlySpan<byte> PacketId => [0, 1];

    public override Connection ConnectPublisher(int port, string name) => Open(port, name, CleanSession).Complete(this);

    public override Connection ConnectReceiver(int port, string room, string name) => Receive(port, room, name, CleanSession);

    public override Connection ConnectDurable(int port, string room, string name) => Receive(port, room, name, flags: 0);

    public override Connection ConnectAgain(int port, string room, string name) => Open(port, name, flags: 0).Complete(this);

    public override byte[] Publish(string room, string publisher) =>
        ClientFrame.Binary(Packet(PublishQoS1, [.. Text(room), .. PacketId, .. EventData.Utf8]));

    public override bool ReadsStream => true;

    public override int Read(ReadOnlySpan<byte> payload, ref Tally tally)
    {
        int position = 0;
        while (TryReadLength(payload[position..], out int header, out int length) && payload.Length - position - header >= length)
        {
            switch (payload[position] & TypeBits)
            {
                case PublishBits:
                    tally.AddEvent(payload.Slice(position, header + length));
                    break;
                case Acknowledgement:
                    tally.Acknowledged++;
                    break;
            }

            position += header + length;
        }

        return position;
    }

    // The length is in groups of seven bits, the lowest first.
    private static bool TryReadLength(ReadOnlySpan<byte> packet, out int header, out int length)
    {
        length = 0;
        for (header = 1; header < packet.Length; header++)
        {
            length |= (packet[header] & 0x7F) << (7 * (header - 1));
            if (packet[header] < 0x80)
            {
                header++;
                return true;
            }
        }

        return false;
    }

    private Connection Receive(int port, string room, string name, byte flags)
    {
        ClientHandshake handshake = Open(port, name, flags);
        handshake.Send(ClientFrame.Binary(Packet(Subscribe, [.. PacketId, .. Text(room), 0])));
        handshake.Receive();
        return handshake.Complete(this);
    }

    private static ClientHandshake Open(int port, string name, byte flags)
    {
        ClientHandshake handshake = new(port);
        handshake.Upgrade("/mqtt", "mqtt");
        handshake.Send(ClientFrame.Binary(Packet(Connect, [.. Text("MQTT"), 4, flags, 0, 0, .. Text(name)])));
        string answer = handshake.Receive();
        return answer.Length == 4 && answer[3] == 0 ? handshake : throw new PeerException("the server refused a connection");
    }

    private static byte[] Packet(byte type, ReadOnlySpan<byte> body) => body.Length < 128
        ? [type, (byte)body.Length, .. body]
        : [type, (byte)(body.Length | 0x80), checked((byte)(body.Length >> 7)), .. body];

    private static byte[] Text(string text) => [(byte)(text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
