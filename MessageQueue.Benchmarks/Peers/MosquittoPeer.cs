using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>Mosquitto, from the Debian package of this name.</summary>
internal sealed class MosquittoPeer : Peer
{
    public override string Name => "mosquitto";

    public override string Acknowledgement => "taken into memory; written to disk every 30 minutes and at a clean stop";

    public override string Setup => "MQTT 3.1.1 over WebSocket; publications with QoS 1, subscriptions with QoS 0; queues without limit";

    public override string? FindMissing() => ServerCommand.Find("mosquitto") is null ? "mosquitto is not installed" : null;

    public override ServerCommand CreateCommand(int port, string directory, bool hasBacklog)
    {
        string configuration = Path.Combine(directory, "mosquitto.conf");
        // Without a user it would change to one that may not write to the directory. With a listener for WebSockets alone this version
        // does not start, so there is another that nobody uses.
        File.WriteAllText(configuration, $"""
            listener {port} 127.0.0.1
            protocol websockets
            socket_domain ipv4
            listener 0 {directory}/mosquitto.sock
            allow_anonymous true
            user {Environment.UserName}
            persistence true
            persistence_location {directory}/
            max_queued_messages 0
            max_inflight_messages 0
            queue_qos0_messages true
            set_tcp_nodelay true
            log_type error

            """);
        return new([ServerCommand.Find("mosquitto")!, "-c", configuration]);
    }

    public override Dialect CreateDialect() => new MqttDialect();
}
