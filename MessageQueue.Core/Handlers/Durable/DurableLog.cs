using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// Brings records about the server's own session to the log. What the session has dealt with is part of each, and known to the apply loop
/// alone: so they are encoded there, after they were admitted like a client's command.
/// </summary>
internal static class DurableLog
{
    /// <summary>Records that a handler begins again. Completes when that is durable. False: the server is ending.</summary>
    public static Task<bool> StartAsync(Broker broker, ClientConnection client, DurableEvent work) => SendAsync(
        broker, CommandKind.StartHandler, Command.Overhead, client,
        session => new HandlerStartedRecord(session.ProgressAt(broker.State.Head), work.Event.Sequence).Encode());

    /// <summary>
    /// Records that an event goes to the dead letters, and so is finished. Completes when that is durable. False: the server is ending.
    /// </summary>
    public static Task<bool> PutAsideAsync(Broker broker, ClientConnection client, DurableEvent work, byte[] letter) => SendAsync(
        broker, CommandKind.DeadLetter, Command.Overhead + letter.Length, client,
        session =>
        {
            byte[] record = DeadLetterRecord.Encode(session.ProgressWithout(work.Event.Sequence, broker.State.Head), letter);
            session.DeadLetterBytes += record.Length;
            return record;
        });

    private static async Task<bool> SendAsync(Broker broker, CommandKind kind, int weight, ClientConnection client, Func<SessionDelivery, byte[]> encode)
    {
        Outcome? outcome = await CommandCompletion.SendAsync(
            broker, kind, weight, _ => client.ConnectionWindow?.SessionDelivery is { } session ? encode(session) : null).ConfigureAwait(false);
        return outcome?.Kind == OutcomeKind.Applied;
    }
}
