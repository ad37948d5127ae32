using MessageQueue.Commands;

namespace MessageQueue.Pipeline;

/// <summary>Commands whose records are durable, in the order of the log. Reused once applied.</summary>
internal sealed class CommittedBatch : IApplyStep
{
    /// <summary>The commands.</summary>
    public List<Command> Commands { get; } = [];

    /// <summary>The sequence of the first record.</summary>
    public long FirstSequence { get; set; }

    /// <summary>The time of the records, in milliseconds since the Unix epoch.</summary>
    public long Time { get; set; }

    /// <summary>What the commands weigh.</summary>
    public long Weight { get; set; }

    void IApplyStep.Apply(ApplyLoop loop, long number) => loop.Apply(this);
}
