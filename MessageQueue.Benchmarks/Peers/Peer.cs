using MessageQueue.Benchmarks.Processes;

namespace MessageQueue.Benchmarks.Peers;

/// <summary>A kind of server in the comparison.</summary>
internal abstract class Peer
{
    /// <summary>The name on the command line and in the tables.</summary>
    public abstract string Name { get; }

    /// <summary>What holds once it has acknowledged a publication.</summary>
    public abstract string Acknowledgement { get; }

    /// <summary>How it is configured.</summary>
    public abstract string Setup { get; }

    /// <summary>Whether it keeps events for a client that is away.</summary>
    public virtual bool KeepsBacklog => true;

    /// <summary>Whether it claims that events outlive its process.</summary>
    public virtual bool KeepsAcrossRestart => true;

    /// <summary>Returns why it cannot be measured here, or null if it can.</summary>
    public virtual string? FindMissing() => null;

    /// <summary>Does what is needed once, before the first start: builds, installs.</summary>
    public virtual Task PrepareAsync(TextWriter progress) => Task.CompletedTask;

    /// <summary>Returns how to start it.</summary>
    /// <param name="port">The port for WebSockets, on the loopback address.</param>
    /// <param name="directory">An existing directory for its files.</param>
    /// <param name="hasBacklog">Whether clients will be away, where that has to be known.</param>
    public abstract ServerCommand CreateCommand(int port, string directory, bool hasBacklog);

    /// <summary>Creates what speaks to it.</summary>
    public abstract Dialect CreateDialect();
}
