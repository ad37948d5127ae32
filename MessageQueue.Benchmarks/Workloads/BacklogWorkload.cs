using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Processes;
using MessageQueue.Benchmarks.Report;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>A client comes back to the events that it has missed: how fast it gets them.</summary>
internal sealed class BacklogWorkload : Workload
{
    private const int Repetitions = 6;

    private static readonly Metric First = new("first", "first, events/s");
    private static readonly Metric Later = new("later", "later ones, events/s");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public override string Name => "backlog";

    public override string Title => $"one client comes back to what it has missed; {Repetitions} clients, one after the other";

    public override IReadOnlyList<Metric> Metrics => [First, Later, Metric.PeakMemory];

    public override bool Supports(Peer peer) => peer.KeepsBacklog;

    public override TimeSpan Estimate(ComparisonOptions options) =>
        Start + (Repetitions * TimeSpan.FromSeconds(options.Backlog / 60_000.0));

    public override void Run(WorkloadRun run)
    {
        using RunningServer server = run.StartServer(hasBacklog: true);
        double[] rates = [.. Enumerable.Range(0, Repetitions).Select(i => Drain(run, server, $"room{i}", $"away{i}"))];
        run.Add(First, rates[0]);
        run.Add(Later, Summary.Of(rates[1..]).Median);
        run.Add(Metric.PeakMemory, server.ReadFigures().PeakBytes / 1e6);
    }

    private static double Drain(WorkloadRun run, RunningServer server, string room, string name)
    {
        int count = run.Options.Backlog;
        Away.Publish(run, server, room, name, count);
        using LoadLoop loop = new();
        long start = Stopwatch.GetTimestamp();
        loop.Add(run.Dialect.ConnectAgain(server.Port, room, name));
        loop.RunUntil(() => loop.Events >= count, Limit, "the delivery of the backlog");
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
