namespace MessageQueue.Benchmarks.Peers;

/// <summary>Kestrel's connections as bare pipes, with one frame shared by all receivers: the ceiling in .NET.</summary>
internal sealed class PipesPeer : OwnServerPeer
{
    public const string PeerName = "pipes";

    public override string Name => PeerName;

    public override string Acknowledgement => "written to each receiver's pipe; nothing is parsed or stored";

    public override string Setup => "Kestrel's transport alone, frames built once and gathered: no more than a ceiling";

    public override Dialect CreateDialect() => new RelayDialect();
}
