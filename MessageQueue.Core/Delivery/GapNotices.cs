using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Delivery;

/// <summary>Sends gaps to connected sessions that lost events to retention. For the apply loop only.</summary>
internal sealed class GapNotices(SessionDeliveries deliveries, ProgressJournal journal)
{
    /// <summary>Sends a connection all gaps of its session that were not acknowledged.</summary>
    public void Send(ConnectionWindow window) => Send(window, since: 0);

    /// <summary>
    /// Handles dropped events: sends the gaps to the sessions that lost events, and makes sure that no dropped event is sent.
    /// </summary>
    /// <param name="record">What was dropped.</param>
    /// <param name="losses">The sessions that lost events.</param>
    /// <param name="at">The sequence of the record.</param>
    /// <param name="resume">Called for each session whose windows may have room again.</param>
    public void Apply(DroppedRecord record, DroppedEvents losses, long at, Action<SessionDelivery> resume)
    {
        // Also for a session that lost nothing: what was looked up for it may have expired since, and was dropped as well.
        foreach (SessionDelivery delivery in deliveries.Items)
        {
            delivery.Drop(record.Ranges);
        }

        foreach (BacklogCut cut in record.Backlogs)
        {
            deliveries.Find(cut.SessionId)?.SkipTo(cut.UpTo);
        }

        foreach (SessionState session in losses.Sessions)
        {
            if (deliveries.Find(session) is { } delivery)
            {
                Apply(delivery, at);
                resume(delivery);
            }
        }
    }

    private void Apply(SessionDelivery delivery, long at)
    {
        foreach (Gap gap in delivery.Session.Gaps)
        {
            if (gap.ArisenAt >= at)
            {
                delivery.Add(gap);
            }
        }

        foreach (ConnectionWindow window in delivery.Windows)
        {
            Send(window, since: at);
        }
    }

    private void Send(ConnectionWindow window, long since)
    {
        SessionDelivery delivery = window.SessionDelivery!;
        long acknowledged = delivery.AcknowledgedUpTo;
        foreach (Gap gap in delivery.Session.Gaps)
        {
            if (gap.ArisenAt < since || gap.To <= acknowledged)
            {
                continue;
            }

            window.Connection.Gap(gap);
            if (window.AcknowledgesItself)
            {
                // At most once, as an event on such a connection.
                delivery.Acknowledge(gap.To);
                journal.NoteProgress(delivery);
            }
        }
    }
}
