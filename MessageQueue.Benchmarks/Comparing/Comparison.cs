using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Report;
using MessageQueue.Benchmarks.Workloads;

namespace MessageQueue.Benchmarks.Comparing;

/// <summary>
/// Runs workloads on peers. Within a round the peers follow each other on one workload, so that what changes slowly on a machine
/// concerns all of them.
/// </summary>
internal sealed class Comparison(
    ComparisonOptions options, IReadOnlyList<Peer> peers, IReadOnlyList<Workload> workloads, TextWriter progress)
{
    /// <summary>How long it takes, about.</summary>
    public TimeSpan Estimate => options.Rounds * workloads.Aggregate(
        TimeSpan.Zero, (sum, workload) => sum + (workload.Estimate(options) * peers.Count(workload.Supports)));

    /// <summary>Runs it. Peers that are missing something are left out.</summary>
    public async Task<ComparisonReport> RunAsync()
    {
        Dictionary<string, string> leftOut = [];
        List<Peer> present = [];
        foreach (Peer peer in peers)
        {
            if (await PrepareAsync(peer) is { } reason)
            {
                leftOut[peer.Name] = reason;
                await progress.WriteLineAsync($"{peer.Name} is left out: {reason}");
            }
            else
            {
                present.Add(peer);
            }
        }

        List<Outcome> outcomes = [];
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach ((Workload workload, Peer peer) in workloads.SelectMany(
                workload => present.Where(workload.Supports).Select(peer => (workload, peer))))
            {
                await progress.WriteAsync($"round {round}/{options.Rounds}  {workload.Name,-12} {peer.Name,-14} ");
                Outcome outcome = Run(round, workload, peer);
                outcomes.Add(outcome);
                await progress.WriteLineAsync(outcome.Problem ?? string.Join(
                    "  ", outcome.Figures.Select(figure => $"{figure.Key} {Figure.Text(figure.Value)}")));
            }
        }

        return new(Machine.Read(), options, present, workloads, leftOut, outcomes);
    }

    private async Task<string?> PrepareAsync(Peer peer)
    {
        try
        {
            if (peer.FindMissing() is { } missing)
            {
                return missing;
            }

            await peer.PrepareAsync(progress);
            return null;
        }
        catch (PeerException exception)
        {
            return exception.Message;
        }
    }

    private Outcome Run(int round, Workload workload, Peer peer)
    {
        WorkloadRun run = new(peer, options);
        try
        {
            workload.Run(run);
            return new(round, workload.Name, peer.Name, run.Figures, null);
        }
        catch (Exception exception) when (exception is PeerException or System.Net.Sockets.SocketException or IOException)
        {
            return new(round, workload.Name, peer.Name, run.Figures, exception.Message);
        }
    }
}
