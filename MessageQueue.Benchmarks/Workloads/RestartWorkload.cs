using System.Net.Sockets;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>The server is killed (SIGKILL) and started again: when it takes a client, and when that has got all that it was owed.</summary>
internal sealed class RestartWorkload : Workload
{
    private const string Room = "room";
    private const string Client = "away";

    private static readonly Metric Kept = new("keptPercent", "kept, %");
    private static readonly Metric Ready = new("readySeconds", "ready, s");
    private static readonly Metric Last = new("lastEventSeconds", "last event, s");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // Without an event for so long, no more come.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3);

    public override string Name => "restart";

    public override string Title => "killed and started again, with events stored for a client that is away; times from the start";

    public override IReadOnlyList<Metric> Metrics => [Kept, Ready, Last, Metric.PeakMemory];

    public override bool Supports(Peer peer) => peer.KeepsAcrossRestart;

    public override TimeSpan Estimate(ComparisonOptions options) => (2 * Start) + TimeSpan.FromSeconds(options.Stored / 50_000.0);

    public override void Run(WorkloadRun run)
    {
        using RunningServer server = run.StartServer(hasBacklog: true);
        Away.Publish(run, server, Room, Client, run.Options.Stored);
        server.Kill();
        server.Restart();
        using LoadLoop loop = new();
        Connection connection = ConnectWhenReady(run, server);
        run.Add(Ready, server.Age.TotalSeconds);
        loop.Add(connection);

        long before = -1;
        while (loop.Events < run.Options.Stored && loop.Events > before)
        {
            before = loop.Events;
            loop.RunWhile(() => loop.Events < run.Options.Stored, Silence);
        }

        TimeSpan last = server.Age;
        run.Add(Kept, loop.Events * 100.0 / run.Options.Stored);
        run.Add(Last, loop.Events >= run.Options.Stored ? last.TotalSeconds : null);
        run.Add(Metric.PeakMemory, server.ReadFigures().PeakBytes / 1e6);
    }

    private static Connection ConnectWhenReady(WorkloadRun run, RunningServer server)
    {
        while (true)
        {
            try
            {
                return run.Dialect.ConnectAgain(server.Port, Room, Client);
            }
            catch (Exception exception) when (exception is SocketException or PeerException && server.Age < Limit)
            {
                server.ThrowIfExited();
                Thread.Sleep(1);
            }
        }
    }
}
