using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State;

/// <summary>
/// Applies a <see cref="DroppedRecord"/> to the state: pending events become gaps, then rooms and limits forget the events.
/// </summary>
internal static class DropFold
{
    /// <summary>Applies the record and returns what sessions lost.</summary>
    /// <param name="record">The record.</param>
    /// <param name="namespaces">The namespaces of the state.</param>
    /// <param name="sessions">The sessions of the state.</param>
    /// <param name="at">The record's sequence.</param>
    /// <param name="now">The record's time.</param>
    public static DroppedEvents Apply(
        DroppedRecord record, IReadOnlyDictionary<string, NamespaceState> namespaces, IReadOnlyDictionary<long, SessionState> sessions,
        long at, long now)
    {
        DroppedEvents losses = new();
        PendingEvents pending = new();
        foreach (BacklogCut cut in record.Backlogs)
        {
            if (sessions.TryGetValue(cut.SessionId, out SessionState? session))
            {
                losses.Add(session, session.Lose(new SequenceRange(1, cut.UpTo), pending, at, now));
                session.SkipTo(cut.UpTo);
            }
        }

        if (record.Ranges.Count > 0)
        {
            foreach (SessionState session in sessions.Values)
            {
                foreach (SequenceRange range in record.Ranges)
                {
                    losses.Add(session, session.Lose(range, pending, at, now));
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
