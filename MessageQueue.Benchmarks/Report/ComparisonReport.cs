using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Workloads;

namespace MessageQueue.Benchmarks.Report;

/// <summary>All that a comparison has found.</summary>
/// <param name="Machine">What it ran on.</param>
/// <param name="Options">How long and how large it was.</param>
/// <param name="Peers">Those that were measured.</param>
/// <param name="Workloads">What they did.</param>
/// <param name="LeftOut">Peers that could not be measured, and why.</param>
/// <param name="Outcomes">What came of it, in the order of the runs.</param>
internal sealed record ComparisonReport(
    Machine Machine, ComparisonOptions Options, IReadOnlyList<Peer> Peers, IReadOnlyList<Workload> Workloads,
    IReadOnlyDictionary<string, string> LeftOut, IReadOnlyList<Outcome> Outcomes)
{
    /// <summary>Returns the values of a metric, one for each round that has it.</summary>
    public IReadOnlyDictionary<int, double> Values(Workload workload, Peer peer, Metric metric) => Outcomes
        .Where(outcome => outcome.Workload == workload.Name && outcome.Peer == peer.Name && outcome.Figures.ContainsKey(metric.Key))
        .ToDictionary(outcome => outcome.Round, outcome => outcome.Figures[metric.Key]);

    /// <summary>Returns the median of a peer's value to ours in the same round, or null if no round has both.</summary>
    public double? Ratio(Workload workload, Peer peer, Metric metric)
    {
        Peer? own = Peers.FirstOrDefault(each => each.Name == MessageQueuePeer.PeerName);
        if (own is null || own == peer)
        {
            return null;
        }

        IReadOnlyDictionary<int, double> ours = Values(workload, own, metric);
        double[] ratios = [.. Values(workload, peer, metric)
            .Where(value => ours.GetValueOrDefault(value.Key) > 0).Select(value => value.Value / ours[value.Key])];
        return ratios.Length == 0 ? null : Summary.Of(ratios).Median;
    }
}
