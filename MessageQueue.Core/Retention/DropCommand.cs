using MessageQueue.Commands;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Retention;

/// <summary>Brings what retention decided through the log to the state, like any other command.</summary>
internal sealed class DropCommand(Broker broker) : ICommandOrigin
{
    private readonly TaskCompletionSource<DroppedEvents> _applied = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Sends the record; completes when it is durable and applied.</summary>
    /// <exception cref="OperationCanceledException">The server is ending; the outcome is unknown.</exception>
    public static async Task<DroppedEvents> SendAsync(Broker broker, DroppedRecord record)
    {
        DropCommand origin = new(broker);
        Command command = new(CommandKind.Drop, record.Encode(), origin, default);
        if (!await broker.Queue.EnterAsync(command.Weight).ConfigureAwait(false) || !broker.Post(ApplyInput.Call(_ => origin.Enqueue(command))))
        {
            throw new OperationCanceledException();
        }

        await Task.WhenAny(origin._applied.Task, broker.Completion).ConfigureAwait(false);
        return origin._applied.Task.IsCompleted ? await origin._applied.Task.ConfigureAwait(false) : throw new OperationCanceledException();
    }

    public void OnApplied(in Command command, in Outcome outcome) => _applied.TrySetResult(outcome.DroppedEvents!);

    // Acknowledgements that are on their way to the log go first, so that a restart counts what they settled as settled, and not as lost.
    private void Enqueue(Command command)
    {
        broker.Loop.WriteProgress();
        if (!broker.Queue.TryAdd(command))
        {
            _applied.TrySetCanceled();
        }
    }
}
