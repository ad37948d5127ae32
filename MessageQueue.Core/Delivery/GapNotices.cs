using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>Tells connected sessions what retention took from them. For the apply loop only.</summary>
internal sealed class GapNotices(ProgressJournal journal)
{
    /// <summary>Tells a connection all gaps of its session that were not acknowledged.</summary>
    public void Tell(SessionState session, ConnectionWindow consumer) => Tell(session, consumer, since: 0);

    /// <summary>Something was dropped: sessions that lost by it are told, and nobody is sent any of it.</summary>
    /// <param name="state">The state, which has forgotten it.</param>
    /// <param name="losses">Who lost.</param>
    /// <param name="resume">Called with sessions whose windows may have room again.</param>
    public void Apply(ServerState state, DroppedEvents losses, Action<ConnectedSession> resume)
    {
        foreach (SessionState session in state.Sessions.Values)
        {
            // Also of a session that lost nothing: what was looked up may have expired since, and is gone all the same.
            session.ConnectedSession?.ForgetLookahead();
        }

        foreach (SessionState session in losses.Sessions)
        {
            if (session.ConnectedSession is { } subscription)
            {
                foreach (ConnectionWindow consumer in subscription.Consumers)
                {
                    Tell(session, consumer, since: state.Head);
                }

                resume(subscription);
            }
        }
    }

    private void Tell(SessionState session, ConnectionWindow consumer, long since)
    {
        foreach (Gap gap in session.Gaps.ToArray())
        {
            if (gap.ArisenAt < since)
            {
                continue;
            }

            consumer.Connection.Gap(gap);
            if (consumer.AcknowledgesItself)
            {
                // As with an event on such a connection: at most once.
                session.Acknowledge(gap.To);
                journal.Moved(session);
            }
        }
    }
}
