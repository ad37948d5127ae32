using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>One publisher with one publication at a time: how long it waits for the acknowledgement.</summary>
internal sealed class RoundTripWorkload : Workload
{
    private const string PublisherName = "publisher";

    private static readonly Metric Median = new("p50Microseconds", "p50, µs");
    private static readonly Metric Slow = new("p99Microseconds", "p99, µs");
    private static readonly Metric Sync = new("syncP50Microseconds", "a sync of this disk, p50, µs");

    // At some thousand publications a second a server is not warmer after a longer time.
    private static readonly TimeSpan MostWarm = TimeSpan.FromSeconds(10);

    public override string Name => "round-trip";

    public override string Title => "one publisher, one publication at a time";

    public override IReadOnlyList<Metric> Metrics => [Median, Slow, Sync, Metric.CpuPerMillion, Metric.AllocatedPerOperation];

    public override TimeSpan Estimate(ComparisonOptions options) => WarmTime(options) + options.Window + Start;

    public override void Run(WorkloadRun run)
    {
        using RunningServer server = run.StartServer();
        using LoadLoop loop = new() { Spins = true };
        Connection connection = run.Dialect.ConnectPublisher(server.Port, PublisherName);
        byte[] frame = run.Dialect.Publish("nobody", PublisherName);
        loop.Add(connection);
        LatencyHistogram histogram = new();
        long sent = 0;
        long sentAt = 0;
        loop.AddSender(connection, now =>
        {
            if (connection.Tally.Acknowledged < sent)
            {
                return;
            }

            if (sent > 0)
            {
                histogram.Record(now - sentAt);
            }

            sent = connection.Tally.Acknowledged + 1;
            sentAt = Stopwatch.GetTimestamp();
            connection.Send(frame);
        });
        loop.Run(WarmTime(run.Options) - server.Age);
        histogram = new();
        LoadFigures figures = LoadFigures.Measure(loop, server, run.Options.Window, () => connection.Tally.Acknowledged);
        run.Add(Median, histogram.Microseconds(0.5));
        run.Add(Slow, histogram.Microseconds(0.99));
        run.Add(figures);
        if (run.IsSynced)
        {
            run.Add(Sync, DiskSync.MedianMicroseconds());
        }
    }

    private static TimeSpan WarmTime(ComparisonOptions options) => options.Warm < MostWarm ? options.Warm : MostWarm;
}
