using MessageQueue.Commands;
using MessageQueue.Storage;

namespace MessageQueue.Pipeline;

/// <summary>
/// The next records of the log's tail, which are durable, in their order: what one host appended together. Reused once applied.
/// </summary>
internal sealed class CommittedBatch : IApplyStep
{
    /// <summary>
    /// A record, with the command that it came from where that was given here. A record of another host has none; a command that needs no
    /// record has its place among those that do.
    /// </summary>
    /// <param name="Record">The record; of type 0 where the command needs none.</param>
    /// <param name="Command">The command. Without an origin nobody waits for the outcome.</param>
    public readonly record struct Entry(LogRecord Record, Command Command);

    /// <summary>The records.</summary>
    public List<Entry> Entries { get; } = [];

    /// <summary>The host that appended them. A log in files has one, 0.</summary>
    public int Host { get; set; }

    /// <summary>The time of the records, in milliseconds since the Unix epoch.</summary>
    public long Time { get; set; }

    void IApplyStep.Apply(ApplyLoop loop, long number) => loop.Apply(this);
}
