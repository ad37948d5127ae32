using MessageQueue.Connections;
using MessageQueue.Pipeline;

namespace MessageQueue.Delivery;

/// <summary>
/// What clients say of the events that they got: dealt with, or once more. It counts for the delivery at once; the state learns of it by the log. For the apply loop only.
/// </summary>
internal sealed class Acknowledgements(FanOut delivery, Redeliveries redeliveries, DeadLetters deadLetters, ProgressJournal journal)
{
    private volatile IReplySink? _replies;

    /// <summary>Who is given the answers among them; null for nobody. May be set from any thread.</summary>
    public IReplySink? Replies
    {
        get => _replies;
        set => _replies = value;
    }

    /// <summary>Applies an <c>ack</c> or <c>nack</c>. Numbers that are not in flight, or not any more, are passed over.</summary>
    public void Apply(in ApplyInput input)
    {
        JsonConnection client = (JsonConnection)input.Subject!;
        client.Release(input.Weight);
        if (client.ConnectionWindow is not { SessionDelivery: { } subscription } consumer)
        {
            return;
        }

        // Also where the event is not in flight any more: with ack=auto it was acknowledged long before the answer is there.
        if (input is { Kind: ApplyInputKind.Acknowledge, Argument: byte[] answer })
        {
            Replies?.OnReply(input.Number, subscription.Session, answer);
        }

        bool moved = input.Kind switch
        {
            ApplyInputKind.Acknowledge => subscription.Unacked.Remove(input.Number),
            ApplyInputKind.AcknowledgeUpTo => subscription.Unacked.RemoveUpTo(input.Number, consumer.IsShared ? consumer : null),
            ApplyInputKind.AcknowledgeMany => Remove(subscription, (long[])input.Argument!),
            _ => Delay(subscription, (long[])input.Argument!, input.Number),
        };
        moved |= input.Kind switch
        {
            ApplyInputKind.Acknowledge or ApplyInputKind.AcknowledgeUpTo => subscription.Acknowledge(input.Number),
            ApplyInputKind.AcknowledgeMany => subscription.Acknowledge(((long[])input.Argument!).Max()),
            _ => false,
        };
        if (moved)
        {
            delivery.Enqueue(subscription);
            if (input.Kind != ApplyInputKind.Nack)
            {
                journal.Moved(subscription);
            }
        }
    }

    /// <summary>The server's own session has dealt with an event.</summary>
    public void Settle(SessionDelivery session, long sequence)
    {
        if (session.Unacked.Remove(sequence) | session.Acknowledge(sequence))
        {
            journal.Moved(session);
            delivery.Enqueue(session);
        }
    }

    private static bool Remove(SessionDelivery session, long[] sequences)
    {
        bool moved = false;
        foreach (long sequence in sequences)
        {
            moved |= session.Unacked.Remove(sequence);
        }

        return moved;
    }

    private bool Delay(SessionDelivery session, long[] sequences, long delay)
    {
        bool moved = false;
        foreach (long sequence in sequences)
        {
            int deliveries = session.Unacked.DeliveriesOf(sequence);
            if (deliveries == 0)
            {
                continue;
            }

            moved = true;
            if (deadLetters.Takes(session, sequence, deliveries))
            {
                session.Unacked.Wake(sequence);
            }
            else
            {
                redeliveries.Delay(session, sequence, deliveries, delay);
            }
        }

        return moved;
    }
}
