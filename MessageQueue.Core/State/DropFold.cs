using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>What a <see cref="DroppedRecord"/> does to the state: what was owed becomes gaps, then rooms and limits forget.</summary>
internal static class DropFold
{
    /// <summary>Applies it, and returns what sessions lost by it.</summary>
    /// <param name="record">The record.</param>
    /// <param name="namespaces">The namespaces of the state.</param>
    /// <param name="sessions">Its sessions.</param>
    /// <param name="at">The record's sequence.</param>
    /// <param name="now">The record's time.</param>
    public static DroppedEvents Apply(
        DroppedRecord record, IReadOnlyDictionary<string, NamespaceState> namespaces, IReadOnlyDictionary<long, SessionState> sessions, long at, long now)
    {
        DroppedEvents losses = new();
        PendingEvents owed = new();
        foreach (BacklogCut backlog in record.Backlogs)
        {
            if (sessions.TryGetValue(backlog.SessionId, out SessionState? session))
            {
                losses.Add(session, session.Lose(new SequenceRange(1, backlog.UpTo), owed, at, now));
                session.SkipTo(backlog.UpTo);
            }
        }

        if (record.Ranges.Count > 0)
        {
            foreach (SessionState session in sessions.Values)
            {
                foreach (SequenceRange range in record.Ranges)
                {
                    losses.Add(session, session.Lose(range, owed, at, now));
                }
            }

            foreach (NamespaceState ns in namespaces.Values)
            {
                ns.Forget(record.Ranges);
            }
        }

        return losses;
    }
}
