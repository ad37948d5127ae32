using MessageQueue.State;

namespace MessageQueue.Commands;

/// <summary>The sender of a command.</summary>
internal interface ICommandOrigin
{
    /// <summary>Reports that the command is durable and applied. Called by the apply loop; must not block or throw.</summary>
    void OnApplied(in Command command, in Outcome outcome);
}
