using MessageQueue.Protocol;

namespace MessageQueue.Delivery;

/// <summary>
/// Handles what clients report about events: acknowledged, or to be sent again. The delivery counts it at once; the state learns it from
/// the log. The windows passed in are attached to a session. For the apply loop only.
/// </summary>
internal sealed class Acknowledgements(FanOut fanOut, Redeliveries redeliveries, DeadLetters deadLetters, ProgressJournal journal)
{
    private volatile IReplySink? _replies;

    /// <summary>The receiver of the answers among them; null for none. May be set from any thread.</summary>
    public IReplySink? Replies
    {
        get => _replies;
        set => _replies = value;
    }

    /// <summary>Acknowledges an event. Numbers that are not in flight, or not any more, are ignored, here and below.</summary>
    public void Acknowledge(ConnectionWindow window, long number)
    {
        SessionDelivery delivery = window.SessionDelivery!;
        OnProgress(delivery, delivery.Unacked.Remove(number) | delivery.Acknowledge(number));
    }

    /// <summary>As <see cref="Acknowledge(ConnectionWindow, long)"/>, with an answer to the event.</summary>
    public void Acknowledge(ConnectionWindow window, long number, EventData answer)
    {
        // Also if the event is not in flight any more: with ack=auto it was acknowledged long before the answer is there.
        Replies?.OnReply(number, window.SessionDelivery!.Session, answer);
        Acknowledge(window, number);
    }

    /// <summary>Acknowledges several events.</summary>
    public void Acknowledge(ConnectionWindow window, long[] numbers)
    {
        SessionDelivery delivery = window.SessionDelivery!;
        OnProgress(delivery, Remove(delivery, numbers) | delivery.Acknowledge(numbers.Max()));
    }

    /// <summary>Acknowledges everything that was sent up to a number; in a shared session only what was sent on this connection.</summary>
    public void AcknowledgeUpTo(ConnectionWindow window, long number)
    {
        SessionDelivery delivery = window.SessionDelivery!;
        OnProgress(delivery, delivery.Unacked.RemoveUpTo(number, window.IsShared ? window : null) | delivery.Acknowledge(number));
    }

    /// <summary>
    /// Acknowledges everything that was last sent on this connection, up to a number, but for some events. Says nothing about gaps.
    /// </summary>
    /// <param name="window">The connection's window.</param>
    /// <param name="number">The number.</param>
    /// <param name="except">The events that stay, ascending.</param>
    public void AcknowledgeSent(ConnectionWindow window, long number, IReadOnlyList<long> except)
    {
        SessionDelivery delivery = window.SessionDelivery!;
        OnProgress(delivery, delivery.Unacked.RemoveBut(number, except, window));
    }

    /// <summary>Acknowledges the gaps up to a number.</summary>
    public void AcknowledgeGaps(ConnectionWindow window, long number)
    {
        SessionDelivery delivery = window.SessionDelivery!;
        OnProgress(delivery, delivery.Acknowledge(number));
    }

    /// <summary>Sends events again after a delay in milliseconds.</summary>
    public void Delay(ConnectionWindow window, long[] numbers, long delay)
    {
        if (Delay(window.SessionDelivery!, numbers, delay))
        {
            fanOut.Enqueue(window.SessionDelivery!);
        }
    }

    private void OnProgress(SessionDelivery delivery, bool moved)
    {
        if (moved)
        {
            fanOut.Enqueue(delivery);
            journal.NoteProgress(delivery);
        }
    }

    /// <summary>Acknowledges an event of the server's own session.</summary>
    public void Acknowledge(SessionDelivery delivery, long sequence)
    {
        if (delivery.Unacked.Remove(sequence) | delivery.Acknowledge(sequence))
        {
            journal.NoteProgress(delivery);
            fanOut.Enqueue(delivery);
        }
    }

    private static bool Remove(SessionDelivery delivery, long[] sequences)
    {
        bool moved = false;
        foreach (long sequence in sequences)
        {
            moved |= delivery.Unacked.Remove(sequence);
        }

        return moved;
    }

    private bool Delay(SessionDelivery delivery, long[] sequences, long delay)
    {
        bool moved = false;
        foreach (long sequence in sequences)
        {
            int deliveries = delivery.Unacked.DeliveriesOf(sequence);
            if (deliveries == 0)
            {
                continue;
            }

            moved = true;
            if (deadLetters.IsExhausted(delivery, sequence, deliveries))
            {
                delivery.Unacked.Wake(sequence);
            }
            else
            {
                redeliveries.Delay(delivery, sequence, deliveries, delay);
            }
        }

        return moved;
    }
}
