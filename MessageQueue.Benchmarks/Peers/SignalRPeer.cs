namespace MessageQueue.Benchmarks.Peers;

/// <summary>ASP.NET Core SignalR.</summary>
internal sealed class SignalRPeer : OwnServerPeer
{
    public const string PeerName = "signalr";

    public override string Name => PeerName;

    public override string Acknowledgement => "written to the connections of the room; nothing is stored";

    public override string Setup => "a hub with groups, its JSON protocol, logging off";

    public override Dialect CreateDialect() => new SignalRDialect();
}
