using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// Brings records about the server's own session to the log. What the session has dealt with is part of each, and known to the apply loop alone: so they are encoded there,
/// after they were admitted like a client's command.
/// </summary>
internal static class DurableLog
{
    /// <summary>Records that a handler begins again. Completes when that is durable. False: the server is ending.</summary>
    public static Task<bool> StartAsync(Broker broker, JsonConnection client, DurableEvent work) => SendAsync(
        broker, CommandKind.StartHandler, Command.Overhead, client,
        session => new HandlerStartedRecord(session.ProgressAt(broker.State.Head), work.Event.Sequence).Encode());

    /// <summary>Records that an event goes to the dead letters, and so is finished. Completes when that is durable. False: the server is ending.</summary>
    public static Task<bool> PutAsideAsync(Broker broker, JsonConnection client, DurableEvent work, byte[] letter) => SendAsync(
        broker, CommandKind.DeadLetter, Command.Overhead + letter.Length, client,
        session =>
        {
            byte[] record = DeadLetterRecord.Encode(session.ProgressWithout(work.Event.Sequence, broker.State.Head), letter);
            session.BytesLeaving += record.Length;
            return record;
        });

    private static async Task<bool> SendAsync(Broker broker, CommandKind kind, int weight, JsonConnection client, Func<SessionDelivery, byte[]> encode)
    {
        if (!await broker.Queue.EnterAsync(weight).ConfigureAwait(false))
        {
            return false;
        }

        TaskCompletionSource<bool> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isPosted = broker.Post(ApplyInput.Call(_ =>
        {
            if (client.ConnectionWindow?.SessionDelivery is not { } session)
            {
                broker.Queue.Leave(1, weight);
                ended.SetResult(false);
                return;
            }

            Command command = new(kind, encode(session), new ServerCommand(outcome => ended.TrySetResult(outcome.Kind == OutcomeKind.Applied)), default);
            broker.Queue.Leave(0, weight - command.Weight);
            if (!broker.Queue.TryAdd(command))
            {
                ended.SetResult(false);
            }
        }));
        if (isPosted)
        {
            await Task.WhenAny(ended.Task, broker.Completion).ConfigureAwait(false);
        }

        return ended.Task.IsCompletedSuccessfully && await ended.Task.ConfigureAwait(false);
    }
}
