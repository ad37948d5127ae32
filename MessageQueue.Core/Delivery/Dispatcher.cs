using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// Sends one event on one of a session's connections, and notes what that means for the session. For the apply loop only.
/// </summary>
internal sealed class Dispatcher(ProgressJournal journal)
{
    /// <summary>Sends the event on the connection whose turn it is. Returns null if none has room; then nothing was sent.</summary>
    public static ConnectionWindow? Dispatch(SessionDelivery delivery, OutgoingEvent outgoing, int target, bool redelivered)
    {
        while (delivery.NextWindow() is { } window)
        {
            if (window.Connection.TryDeliver(outgoing, target, redelivered))
            {
                return window;
            }

            window.IsBlocked = true;
        }

        return null;
    }

    /// <summary>
    /// As <see cref="Dispatch"/>, for a volatile event, which never waits: returns false if no output has room, and then the session does
    /// not get it.
    /// </summary>
    public static bool DispatchVolatile(SessionDelivery delivery, OutgoingEvent outgoing, int target)
    {
        while (delivery.NextOpenWindow() is { } window)
        {
            if (window.Connection.TryDeliver(outgoing, target, redelivered: false))
            {
                return true;
            }

            window.IsBlocked = true;
        }

        return false;
    }

    /// <summary>Notes that the next pending event was sent on this connection.</summary>
    public void Sent(SessionDelivery delivery, ConnectionWindow window, long sequence)
    {
        delivery.Cursor = sequence;
        if (window.AcknowledgesItself)
        {
            delivery.Unacked.HighestAcknowledged = sequence;
            journal.NoteProgress(delivery);
        }
        else
        {
            delivery.Unacked.AddInFlight(sequence, window);
        }
    }

    /// <summary>Notes that the next pending events were sent together on this connection.</summary>
    public void Sent(SessionDelivery delivery, ConnectionWindow window, EventRun run)
    {
        long last = run.Events[^1].Sequence;
        delivery.Cursor = last;
        if (window.AcknowledgesItself)
        {
            delivery.Unacked.HighestAcknowledged = last;
            journal.NoteProgress(delivery);
            return;
        }

        foreach (StoredEvent storedEvent in run.Events)
        {
            delivery.Unacked.AddInFlight(storedEvent.Sequence, window);
        }
    }

    /// <summary>Notes that the first event that waited to be sent again was sent on this connection.</summary>
    public void SentAgain(SessionDelivery delivery, ConnectionWindow window, long sequence)
    {
        if (window.AcknowledgesItself)
        {
            Remove(delivery, sequence);
        }
        else
        {
            delivery.Unacked.SentWaiting(window);
        }
    }

    /// <summary>Removes an event that was sent before and is not pending any more.</summary>
    public void Remove(SessionDelivery delivery, long sequence)
    {
        delivery.Unacked.Remove(sequence);
        journal.NoteProgress(delivery);
    }
}
