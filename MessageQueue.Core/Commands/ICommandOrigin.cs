using MessageQueue.State;

namespace MessageQueue.Commands;

/// <summary>Who sent a command.</summary>
internal interface ICommandOrigin
{
    /// <summary>The command is durable and applied. Called by the apply loop; must not block and must not throw.</summary>
    void OnApplied(in Command command, in Outcome outcome);
}
