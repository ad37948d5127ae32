using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>Several publishers to rooms without members: how many publications are acknowledged.</summary>
internal sealed class PublishWorkload : Workload
{
    private const int Publishers = 8;
    private const int InFlight = 64;

    private static readonly Metric Cold = new("cold", "cold, acks/s");
    private static readonly Metric Warm = new("warm", "warm, acks/s");

    public override string Name => "publish";

    public override string Title => $"{Publishers} publishers, {InFlight} publications each in flight, nobody in the room";

    public override IReadOnlyList<Metric> Metrics =>
        [Cold, Warm, Metric.CpuPerMillion, Metric.AllocatedPerOperation, Metric.PeakMemory, Metric.GeneratorCpu];

    public override TimeSpan Estimate(ComparisonOptions options) => options.Warm + options.Window + Start;

    public override void Run(WorkloadRun run)
    {
        using RunningServer server = run.StartServer();
        using LoadLoop loop = new();
        Publisher[] publishers = [.. Enumerable.Range(0, Publishers).Select(i => AddPublisher(run, server, loop, $"p{i}"))];
        long Acknowledged() => publishers.Sum(publisher => publisher.Acknowledged);

        loop.Run(run.Options.Cold - server.Age);
        run.Add(Cold, LoadFigures.Measure(loop, server, run.Options.ColdWindow, Acknowledged).Rate);
        loop.Run(run.Options.Warm - server.Age);
        LoadFigures warm = LoadFigures.Measure(loop, server, run.Options.Window, Acknowledged);
        run.Add(Warm, warm.Rate);
        run.Add(warm);
    }

    private static Publisher AddPublisher(WorkloadRun run, RunningServer server, LoadLoop loop, string name)
    {
        Connection connection = run.Dialect.ConnectPublisher(server.Port, name);
        loop.Add(connection);
        Publisher publisher = new(connection, run.Dialect.Publish("nobody", name), InFlight);
        loop.AddSender(connection, _ => publisher.Fill());
        return publisher;
    }
}
