namespace MessageQueue.Benchmarks.Peers;

/// <summary>Kestrel and System.Net.WebSockets without anything on top.</summary>
internal sealed class RelayPeer : OwnServerPeer
{
    public const string PeerName = "relay";

    public override string Name => PeerName;

    public override string Acknowledgement => "sent to each receiver; nothing is parsed or stored";

    public override string Setup => "Kestrel and System.Net.WebSockets, one SendAsync a receiver";

    public override Dialect CreateDialect() => new RelayDialect();
}
