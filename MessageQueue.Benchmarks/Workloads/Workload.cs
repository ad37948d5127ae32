using MessageQueue.Benchmarks.Peers;

namespace MessageQueue.Benchmarks.Workloads;

/// <summary>Something that every peer is made to do, and what is measured of it.</summary>
internal abstract class Workload
{
    /// <summary>Room for the start of a server and of its clients, in estimates.</summary>
    protected static readonly TimeSpan Start = TimeSpan.FromSeconds(2);

    /// <summary>The name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What is done, in a line.</summary>
    public abstract string Title { get; }

    /// <summary>What is measured, in the order of the table's columns.</summary>
    public abstract IReadOnlyList<Metric> Metrics { get; }

    /// <summary>Whether this peer can do it.</summary>
    public virtual bool Supports(Peer peer) => true;

    /// <summary>How long one run takes, about.</summary>
    public abstract TimeSpan Estimate(ComparisonOptions options);

    /// <summary>Runs it once.</summary>
    /// <exception cref="Generator.PeerException">The peer did not do it.</exception>
    public abstract void Run(WorkloadRun run);
}
