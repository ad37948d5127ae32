using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>NATS with JetStream, from the Debian package nats-server.</summary>
internal sealed class NatsPeer : Peer
{
    public override string Name => "nats";

    public override string Acknowledgement => "written to a file, not synced: the machine's crash loses it";

    public override string Setup =>
        "JetStream, file storage, one stream; a durable push consumer with ack none for each receiver; its own protocol over WebSocket";

    public override string? FindMissing() => ServerCommand.Find("nats-server") is null ? "nats-server is not installed" : null;

    public override ServerCommand CreateCommand(int port, string directory, bool hasBacklog)
    {
        string configuration = Path.Combine(directory, "nats.conf");
        // Port -1: any, for the protocol over TCP, which is not used. The generator answers pings, so none has to be off.
        File.WriteAllText(configuration, $$"""
            listen: "127.0.0.1:-1"
            websocket { host: "127.0.0.1", port: {{port}}, no_tls: true }
            jetstream { store_dir: "{{directory}}" }

            """);
        return new([ServerCommand.Find("nats-server")!, "-c", configuration]);
    }

    public override Dialect CreateDialect() => new NatsDialect();
}
