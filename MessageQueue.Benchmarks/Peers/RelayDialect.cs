using MessageQueue.Benchmarks.Generator;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>The bare relay's: a publisher sends the event as it is, and gets one letter back for it.</summary>
internal sealed class RelayDialect : Dialect
{
    public override Connection ConnectPublisher(int port, string name) => Connect(port, "/publish");

    public override Connection ConnectReceiver(int port, string room, string name) => Connect(port, "/receive");

    public override byte[] Publish(string room, string publisher) =>
        ClientFrame.Text($$"""{"event":"e","to":"{{room}}","data":"{{EventData.Text}}"}""");

    public override int Read(ReadOnlySpan<byte> payload, ref Tally tally)
    {
        if (payload.Length == 1)
        {
            tally.Acknowledged++;
        }
        else
        {
            tally.AddEvent(payload);
        }

        return payload.Length;
    }

    private Connection Connect(int port, string path)
    {
        using ClientHandshake handshake = new(port);
        handshake.Upgrade(path);
        handshake.Receive();
        return handshake.Complete(this);
    }
}
