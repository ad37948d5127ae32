using MessageQueue.Commands;
using MessageQueue.Storage;

namespace MessageQueue.Pipeline;

/// <summary>The next durable records of the log, in their order: what one host appended together. Reused once applied.</summary>
internal sealed class CommittedBatch : IApplyStep
{
    /// <summary>
    /// A record and the command that it came from, if that came from this host. A record of another host has no command. A command that
    /// needs no record keeps its place between those that do.
    /// </summary>
    /// <param name="Record">The record; of type 0 if the command needs none.</param>
    /// <param name="Command">The command. Without an origin nobody waits for the outcome.</param>
    public readonly record struct Entry(LogRecord Record, Command Command);

    /// <summary>The records.</summary>
    public List<Entry> Entries { get; } = [];

    /// <summary>The host that appended them. A log in files has one host, 0.</summary>
    public int Host { get; set; }

    /// <summary>The time of the records, in milliseconds since the Unix epoch.</summary>
    public long Time { get; set; }

    /// <inheritdoc/>
    int IApplyStep.Cost => Entries.Count;

    /// <inheritdoc/>
    void IApplyStep.Apply(ApplyLoop loop, long number) => loop.Apply(this);
}
