namespace MessageQueue.Delivery;

/// <summary>
/// Hands one event to one of a session's connections, and notes what that means for the session. For the apply loop only.
/// </summary>
internal sealed class Dispatcher(ProgressJournal journal)
{
    /// <summary>Hands the event to the connection whose turn it is. Null: none has room, and nothing was taken.</summary>
    public static ConnectionWindow? Dispatch(SessionDelivery subscription, OutgoingEvent outgoing, int target, bool redelivered)
    {
        while (subscription.NextConsumer() is { } consumer)
        {
            if (consumer.Connection.TryDeliver(outgoing, target, redelivered))
            {
                return consumer;
            }

            consumer.IsBlocked = true;
        }

        return null;
    }

    /// <summary>
    /// As <see cref="Dispatch"/>, for a volatile event: it never waits, and where no output has room (false) the session does without it.
    /// </summary>
    public static bool DispatchVolatile(SessionDelivery subscription, OutgoingEvent outgoing, int target)
    {
        while (subscription.NextOpenConsumer() is { } consumer)
        {
            if (consumer.Connection.TryDeliver(outgoing, target, redelivered: false))
            {
                return true;
            }

            consumer.IsBlocked = true;
        }

        return false;
    }

    /// <summary>The next event that the session is owed was sent on this connection.</summary>
    public void Sent(SessionDelivery subscription, ConnectionWindow consumer, long sequence)
    {
        subscription.Cursor = sequence;
        if (consumer.AcknowledgesItself)
        {
            subscription.Unacked.HighestAcknowledged = sequence;
            journal.Moved(subscription);
        }
        else
        {
            subscription.Unacked.AddInFlight(sequence, consumer);
        }
    }

    /// <summary>The first event that waited to be sent again was sent on this connection.</summary>
    public void SentAgain(SessionDelivery subscription, ConnectionWindow consumer, long sequence)
    {
        if (consumer.AcknowledgesItself)
        {
            Settle(subscription, sequence);
        }
        else
        {
            subscription.Unacked.SentWaiting(consumer);
        }
    }

    /// <summary>An event that was sent before is not owed any more.</summary>
    public void Settle(SessionDelivery session, long sequence)
    {
        session.Unacked.Remove(sequence);
        journal.Moved(session);
    }
}
