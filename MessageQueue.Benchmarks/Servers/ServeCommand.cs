using System.CommandLine;
using MessageQueue.Benchmarks.Peers;

namespace MessageQueue.Benchmarks.Servers;

/// <summary>The command <c>serve</c>, by which <c>compare</c> starts the servers that are in this project.</summary>
internal static class ServeCommand
{
    /// <summary>Creates the command.</summary>
    public static Command Create()
    {
        Argument<string> peer = new("peer");
        Argument<int> port = new("port");
        Command command = new("serve", "Runs one of the servers of this project.") { peer, port };
        peer.AcceptOnlyFromAmong(SignalRPeer.PeerName, RelayPeer.PeerName, PipesPeer.PeerName);
        command.SetAction((parsed, _) => parsed.GetValue(peer) switch
        {
            SignalRPeer.PeerName => SignalRServer.RunAsync(parsed.GetValue(port)),
            RelayPeer.PeerName => RelayServer.RunAsync(parsed.GetValue(port)),
            _ => PipesServer.RunAsync(parsed.GetValue(port)),
        });
        return command;
    }
}
