using MessageQueue.Commands;
using MessageQueue.State;

namespace MessageQueue.Pipeline;

/// <summary>Somebody who sends one command and waits for what becomes of it.</summary>
internal sealed class CommandCompletion : ICommandOrigin
{
    private readonly TaskCompletionSource<Outcome> _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CommandCompletion()
    {
    }

    /// <summary>Sends a command and waits until it is durable and applied.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="kind">What it asks for.</param>
    /// <param name="payload">The payload of its record, not changed any more.</param>
    /// <returns>The outcome. Null: the server has ended, and if it failed the command may have been stored.</returns>
    public static async Task<Outcome?> SendAsync(Broker broker, CommandKind kind, byte[] payload)
    {
        CommandCompletion origin = new();
        Command command = new(kind, payload, origin, default);
        if (!await broker.Queue.EnterAsync(command.Weight).ConfigureAwait(false) || !broker.Queue.TryAdd(command))
        {
            return null;
        }

        await Task.WhenAny(origin._applied.Task, broker.Completion).ConfigureAwait(false);
        return origin._applied.Task.IsCompleted ? await origin._applied.Task.ConfigureAwait(false) : null;
    }

    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome) => _applied.SetResult(outcome);
}
