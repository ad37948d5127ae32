using System.Diagnostics;
using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>One publisher to a room with many members: how many events they receive, and how soon at half of that rate.</summary>
internal sealed class FanOutWorkload(string name, int inFlight) : Workload
{
    // A server that acknowledges before it delivers could be made to queue without limit, which no publisher would want.
    private const int MostAhead = 256;
    private const string Room = "room";
    private const string PublisherName = "publisher";

    private static readonly Metric Cold = new("cold", "cold, deliveries/s");
    private static readonly Metric Warm = new("warm", "warm, deliveries/s");
    private static readonly Metric[] Latencies =
    [
        new("halfLoadP50Microseconds", "half load p50, µs"), new("halfLoadP99Microseconds", "p99, µs"),
        new("halfLoadP999Microseconds", "p99.9, µs"),
    ];

    private static readonly Metric HalfLoadGenerator = new("halfLoadGeneratorPercent", "half load generator, %");

    private static readonly double[] Shares = [0.5, 0.99, 0.999];
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(20);

    public override string Name => name;

    public override string Title => $"one publisher, {inFlight} in flight, to a room with all receivers";

    public override IReadOnlyList<Metric> Metrics =>
    [
        Cold, Warm, Metric.CpuPerMillion, Metric.AllocatedPerOperation, Metric.PeakMemory, Metric.GeneratorCpu, .. Latencies,
        HalfLoadGenerator,
    ];

    public override TimeSpan Estimate(ComparisonOptions options) => options.Warm + options.Window + options.Window + Start;

    public override void Run(WorkloadRun run)
    {
        using RunningServer server = run.StartServer();
        using LoadLoop loop = new();
        int receivers = run.Options.Receivers;
        foreach (Connection receiver in WorkloadRun.Connect(
            receivers, i => run.Dialect.ConnectReceiver(server.Port, Room, $"r{i}")))
        {
            loop.Add(receiver);
        }

        Connection connection = run.Dialect.ConnectPublisher(server.Port, PublisherName);
        loop.Add(connection);
        byte[] frame = run.Dialect.Publish(Room, PublisherName);
        Publisher publisher = new(connection, frame, inFlight, () => (loop.Events / receivers) + MostAhead);
        loop.AddSender(connection, _ => publisher.Fill());

        loop.Run(run.Options.Cold - server.Age);
        run.Add(Cold, LoadFigures.Measure(loop, server, run.Options.ColdWindow, () => loop.Events).Rate);
        loop.Run(run.Options.Warm - server.Age);
        LoadFigures warm = LoadFigures.Measure(loop, server, run.Options.Window, () => loop.Events);
        run.Add(Warm, warm.Rate);
        run.Add(warm);

        loop.StopSenders();
        loop.RunUntil(() => loop.Events >= publisher.Sent * receivers, DrainLimit, "the delivery of all events");
        double paced = run.Options.LatencyRate > 0 ? run.Options.LatencyRate : warm.Rate / 2;
        MeasureLatency(run, loop, connection, frame, paced / receivers);
    }

    private static void MeasureLatency(WorkloadRun run, LoadLoop loop, Connection connection, byte[] frame, double perSecond)
    {
        LatencyHistogram histogram = new();
        foreach (Connection each in loop.Connections)
        {
            each.Tally.Latencies = histogram;
        }

        // The generator does not wait for a socket meanwhile: its own wake-up would be a part of every figure.
        loop.Spins = true;
        PacedPublisher paced = new(connection, frame, perSecond, Stopwatch.GetTimestamp());
        loop.AddSender(connection, paced.SendDue);
        TimeSpan busy = loop.Busy;
        loop.Run(run.Options.Window);
        run.Add(HalfLoadGenerator, (loop.Busy - busy) / run.Options.Window * 100);
        foreach ((Metric metric, double share) in Latencies.Zip(Shares))
        {
            run.Add(metric, histogram.Microseconds(share));
        }
    }
}
