using MessageQueue.Commands;
using MessageQueue.State;

namespace MessageQueue.Handlers;

/// <summary>The origin of a command of the server's own: a task for whoever sent it.</summary>
internal sealed class ServerCommand(Action<Outcome>? applied) : ICommandOrigin
{
    private readonly TaskCompletionSource<Outcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the command is durable and applied.</summary>
    public Task<Outcome> Applied => _outcome.Task;

    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome)
    {
        applied?.Invoke(outcome);
        _outcome.SetResult(outcome);
    }
}
