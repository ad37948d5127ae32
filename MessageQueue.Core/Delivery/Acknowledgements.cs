namespace MessageQueue.Delivery;

/// <summary>
/// What clients say of the events that they got: dealt with, or once more. It counts for the delivery at once; the state learns of it by
/// the log. A connection that is told of here has its session still. For the apply loop only.
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

    /// <summary>An event is dealt with. Numbers that are not in flight, or not any more, are passed over, here and below.</summary>
    public void Acknowledge(ConnectionWindow window, long number)
    {
        SessionDelivery session = window.SessionDelivery!;
        Settled(session, session.Unacked.Remove(number) | session.Acknowledge(number));
    }

    /// <summary>As <see cref="Acknowledge(ConnectionWindow, long)"/>, with an answer to the event.</summary>
    public void Acknowledge(ConnectionWindow window, long number, ReadOnlyMemory<byte> answer)
    {
        // Also where the event is not in flight any more: with ack=auto it was acknowledged long before the answer is there.
        Replies?.OnReply(number, window.SessionDelivery!.Session, answer);
        Acknowledge(window, number);
    }

    /// <summary>Several events are dealt with.</summary>
    public void Acknowledge(ConnectionWindow window, long[] numbers)
    {
        SessionDelivery session = window.SessionDelivery!;
        Settled(session, Remove(session, numbers) | session.Acknowledge(numbers.Max()));
    }

    /// <summary>All that was sent up to a number is dealt with; of a shared session, what was sent on this connection.</summary>
    public void AcknowledgeUpTo(ConnectionWindow window, long number)
    {
        SessionDelivery session = window.SessionDelivery!;
        Settled(session, session.Unacked.RemoveUpTo(number, window.IsShared ? window : null) | session.Acknowledge(number));
    }

    /// <summary>Events have to be sent again, after a delay in milliseconds.</summary>
    public void Delay(ConnectionWindow window, long[] numbers, long delay)
    {
        if (Delay(window.SessionDelivery!, numbers, delay))
        {
            delivery.Enqueue(window.SessionDelivery!);
        }
    }

    private void Settled(SessionDelivery session, bool moved)
    {
        if (moved)
        {
            delivery.Enqueue(session);
            journal.Moved(session);
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
