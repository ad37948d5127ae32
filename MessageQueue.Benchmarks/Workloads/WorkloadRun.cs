using MessageQueue.Benchmarks.Generator;
using MessageQueue.Benchmarks.Peers;
using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>One workload on one peer in one round: what it may use, and the figures that it has found.</summary>
internal sealed class WorkloadRun(Peer peer, ComparisonOptions options)
{
    private readonly Dictionary<string, double> _figures = [];

    public ComparisonOptions Options { get; } = options;

    public Dialect Dialect { get; } = peer.CreateDialect();

    /// <summary>Whether the peer syncs before it acknowledges.</summary>
    public bool IsSynced => peer is MessageQueuePeer;

    /// <summary>The figures by the keys of their metrics.</summary>
    public IReadOnlyDictionary<string, double> Figures => _figures;

    /// <summary>Starts the peer with an empty store.</summary>
    public RunningServer StartServer(bool hasBacklog = false)
    {
        RunningServer server = RunningServer.Start(
            (port, directory) => peer.CreateCommand(port, directory, hasBacklog), Options.ServerCores);
        try
        {
            Dialect.Prepare(server.Port);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Notes a figure. A figure that is unknown is left out.</summary>
    public void Add(Metric metric, double? value)
    {
        if (value is { } known && double.IsFinite(known))
        {
            _figures[metric.Key] = known;
        }
    }

    /// <summary>Notes what the server and the generator used.</summary>
    public void Add(LoadFigures figures)
    {
        Add(Metric.CpuPerMillion, figures.CpuSeconds * 1e6 / figures.Operations);
        Add(Metric.AllocatedPerOperation, (double?)figures.AllocatedBytes / figures.Operations);
        Add(Metric.PeakMemory, figures.PeakBytes / 1e6);
        Add(Metric.GeneratorCpu, figures.GeneratorCpu * 100);
    }

    /// <summary>Opens connections, several at a time, in the order of their numbers.</summary>
    public static Connection[] Connect(int count, Func<int, Connection> connect)
    {
        Connection[] connections = new Connection[count];
        int next = -1;
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, Math.Min(count, 16)).Select(_ => new Thread(() =>
        {
            try
            {
                for (int i = Interlocked.Increment(ref next); i < count && failure is null; i = Interlocked.Increment(ref next))
                {
                    connections[i] = connect(i);
                }
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return failure is null ? connections : throw new PeerException($"a client could not connect: {failure.Message}");
    }
}
