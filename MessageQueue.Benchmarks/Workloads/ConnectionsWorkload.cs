using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>Many clients connect, and do nothing more: how fast, and how much memory each holds.</summary>
internal sealed class ConnectionsWorkload : Workload
{
    private const int Before = 100;

    private static readonly Metric Rate = new("connectionsPerSecond", "connections/s");
    private static readonly Metric Resident = new("idleKilobytes", "KB each, idle");

    public override string Name => "connections";

    public override string Title => "clients connect, 16 at a time, enter one room, and stay idle";

    public override IReadOnlyList<Metric> Metrics => [Rate, Resident, Metric.PeakMemory];

    public override TimeSpan Estimate(ComparisonOptions options) =>
        Start + options.Window + TimeSpan.FromSeconds(options.Connections / 2000.0);

    public override void Run(WorkloadRun run)
    {
        using RunningServer server = run.StartServer();
        using LoadLoop loop = new();
        // The first ones load code, which the later ones share.
        Connect(run, server, loop, Before, "first");
        loop.Run(run.Options.ColdWindow);
        long before = server.ReadFigures().ResidentBytes;
        int count = run.Options.Connections;
        long start = Stopwatch.GetTimestamp();
        Connect(run, server, loop, count, "idle");
        run.Add(Rate, count / Stopwatch.GetElapsedTime(start).TotalSeconds);
        loop.Run(run.Options.Window);
        ProcessFigures after = server.ReadFigures();
        run.Add(Resident, (after.ResidentBytes - before) / 1024.0 / count);
        run.Add(Metric.PeakMemory, after.PeakBytes / 1e6);
    }

    private static void Connect(WorkloadRun run, RunningServer server, LoadLoop loop, int count, string prefix)
    {
        foreach (Connection connection in WorkloadRun.Connect(
            count, i => run.Dialect.ConnectReceiver(server.Port, "room", $"{prefix}{i}")))
        {
            loop.Add(connection);
        }
    }
}
