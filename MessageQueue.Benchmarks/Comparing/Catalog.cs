using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Workloads;

namespace MessageQueue.Benchmarks.Comparing;

/// <summary>All peers and workloads, in the order of the report.</summary>
internal static class Catalog
{
    /// <summary>The workloads.</summary>
    public static readonly Workload[] Workloads =
    [
        new PublishWorkload(),
        new FanOutWorkload("fanout", inFlight: 64),
        new FanOutWorkload("fanout-one", inFlight: 1),
        new BacklogWorkload(),
        new RoundTripWorkload(),
        new ConnectionsWorkload(),
        new RestartWorkload(),
    ];

    /// <summary>Creates the peers.</summary>
    /// <param name="host">Where our host was published to; null to publish it.</param>
    public static Peer[] CreatePeers(string? host) =>
    [
        new MessageQueuePeer(host), new NatsPeer(), new SignalRPeer(), new SocketIOPeer(), new MosquittoPeer(), new RelayPeer(),
        new PipesPeer(),
    ];
}
