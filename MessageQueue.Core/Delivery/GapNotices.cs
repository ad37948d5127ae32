using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Delivery;

/// <summary>Tells connected sessions what retention took from them. For the apply loop only.</summary>
internal sealed class GapNotices(SessionDeliveries deliveries, ProgressJournal journal)
{
    /// <summary>Tells a connection all gaps of its session that were not acknowledged.</summary>
    public void Tell(ConnectionWindow consumer) => Tell(consumer, since: 0);

    /// <summary>Something was dropped: sessions that lost by it are told, and nobody is sent any of it.</summary>
    /// <param name="record">What was dropped.</param>
    /// <param name="losses">Who lost.</param>
    /// <param name="at">The sequence of the record.</param>
    /// <param name="resume">Called with sessions whose windows may have room again.</param>
    public void Apply(DroppedRecord record, DroppedEvents losses, long at, Action<SessionDelivery> resume)
    {
        // Also of a session that lost nothing: what was looked up may have expired since, and is gone all the same.
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

        foreach (ConnectionWindow consumer in delivery.Consumers)
        {
            Tell(consumer, since: at);
        }
    }

    private void Tell(ConnectionWindow consumer, long since)
    {
        SessionDelivery delivery = consumer.SessionDelivery!;
        long acknowledged = delivery.AcknowledgedUpTo;
        foreach (Gap gap in delivery.Session.Gaps)
        {
            if (gap.ArisenAt < since || gap.To <= acknowledged)
            {
                continue;
            }

            consumer.Connection.Gap(gap);
            if (consumer.AcknowledgesItself)
            {
                // As with an event on such a connection: at most once.
                delivery.Acknowledge(gap.To);
                journal.Moved(delivery);
            }
        }
    }
}
