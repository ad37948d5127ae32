using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>A server in this project: the same executable with another command.</summary>
internal abstract class OwnServerPeer : Peer
{
    public override bool KeepsBacklog => false;

    public override bool KeepsAcrossRestart => false;

    public override ServerCommand CreateCommand(int port, string directory, bool hasBacklog) =>
        new(["dotnet", typeof(OwnServerPeer).Assembly.Location, "serve", Name, $"{port}"], IsDotNet: true);
}
