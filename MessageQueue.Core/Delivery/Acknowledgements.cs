using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>What clients say of the events that they got: dealt with, or once more. A connection that is told of here has its session still. For the apply loop only.</summary>
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
        SessionState session = SessionOf(window);
        Settled(window, session.Unacked.Remove(number) | session.Acknowledge(number));
    }

    /// <summary>As <see cref="Acknowledge(ConnectionWindow, long)"/>, with an answer to the event.</summary>
    public void Acknowledge(ConnectionWindow window, long number, ReadOnlyMemory<byte> answer)
    {
        // Also where the event is not in flight any more: with ack=auto it was acknowledged long before the answer is there.
        Replies?.OnReply(number, SessionOf(window), answer);
        Acknowledge(window, number);
    }

    /// <summary>Several events are dealt with.</summary>
    public void Acknowledge(ConnectionWindow window, long[] numbers)
    {
        SessionState session = SessionOf(window);
        Settled(window, Remove(session, numbers) | session.Acknowledge(numbers.Max()));
    }

    /// <summary>All that was sent up to a number is dealt with; of a shared session, what was sent on this connection.</summary>
    public void AcknowledgeUpTo(ConnectionWindow window, long number)
    {
        SessionState session = SessionOf(window);
        Settled(window, session.Unacked.RemoveUpTo(number, window.IsShared ? window : null) | session.Acknowledge(number));
    }

    /// <summary>Events have to be sent again, after a delay in milliseconds.</summary>
    public void Delay(ConnectionWindow window, long[] numbers, long delay)
    {
        if (Delay(SessionOf(window), numbers, delay))
        {
            delivery.Enqueue(window.ConnectedSession!);
        }
    }

    private static SessionState SessionOf(ConnectionWindow window) => window.ConnectedSession!.Session;

    private void Settled(ConnectionWindow window, bool moved)
    {
        if (moved)
        {
            delivery.Enqueue(window.ConnectedSession!);
            journal.Moved(SessionOf(window));
        }
    }

    /// <summary>The server's own session has dealt with an event.</summary>
    public void Settle(SessionState session, long sequence)
    {
        if (session.Unacked.Remove(sequence) | session.Acknowledge(sequence))
        {
            journal.Moved(session);
            if (session.ConnectedSession is { } subscription)
            {
                delivery.Enqueue(subscription);
            }
        }
    }

    private static bool Remove(SessionState session, long[] sequences)
    {
        bool moved = false;
        foreach (long sequence in sequences)
        {
            moved |= session.Unacked.Remove(sequence);
        }

        return moved;
    }

    private bool Delay(SessionState session, long[] sequences, long delay)
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
