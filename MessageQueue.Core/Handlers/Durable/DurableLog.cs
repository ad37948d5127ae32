using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// Writes records about the server's own session to the log. Each contains which events the session has acknowledged, which only the apply
/// loop knows. So they wait for room like a client's command, and are encoded on the apply loop.
/// </summary>
internal static class DurableLog
{
    /// <summary>
    /// Records that a handler begins again. Completes when the record is durable. Returns false if the server is stopping.
    /// </summary>
    public static Task<bool> StartAsync(Broker broker, ClientConnection client, DurableEvent work) => SendAsync(
        broker, CommandKind.StartHandler, Command.Overhead, client,
        delivery => new HandlerStartedRecord(delivery.ProgressAt(broker.State.Head), work.Event.Sequence).Encode());

    /// <summary>
    /// Records that an event goes to the dead letters, which finishes it. Completes when the record is durable. Returns false if the server
    /// is stopping.
    /// </summary>
    public static Task<bool> MoveToDeadLettersAsync(Broker broker, ClientConnection client, DurableEvent work, byte[] letter) => SendAsync(
        broker, CommandKind.DeadLetter, Command.Overhead + letter.Length, client,
        delivery =>
        {
            byte[] record = DeadLetterRecord.Encode(delivery.ProgressWithout(work.Event.Sequence, broker.State.Head), letter);
            delivery.DeadLetterBytes += record.Length;
            return record;
        });

    private static async Task<bool> SendAsync(
        Broker broker, CommandKind kind, int weight, ClientConnection client, Func<SessionDelivery, byte[]> encode)
    {
        Outcome? outcome = await CommandCompletion.SendAsync(
            broker, kind, weight, _ => client.ConnectionWindow?.SessionDelivery is { } delivery ? encode(delivery) : null)
            .ConfigureAwait(false);
        return outcome?.Kind == OutcomeKind.Applied;
    }
}
