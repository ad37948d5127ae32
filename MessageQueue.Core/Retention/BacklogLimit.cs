using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;

namespace MessageQueue.Retention;

/// <summary>Finds the sessions with too many pending events.</summary>
/// <param name="max">How many pending events a session may have; 0 for any number.</param>
internal sealed class BacklogLimit(int max)
{
    private readonly PendingEvents _pending = new();
    private readonly PendingCounter _counter = new();

    /// <summary>
    /// Returns a cut for each session with more pending events than the limit. It drops the oldest, as many as are too many.
    /// </summary>
    public IReadOnlyList<BacklogCut> Find(ServerState state)
    {
        List<BacklogCut> cuts = [];
        foreach (SessionState session in state.Sessions.Values)
        {
            if (max > 0 && session.Holes.Count + PendingEvents.AtMost(session, session.Cursor) > max
                && Find(session, state.Head, state.Time) is { } upTo)
            {
                cuts.Add(new BacklogCut(session.Id, upTo));
            }
        }

        return cuts;
    }

    private long? Find(SessionState session, long head, long now)
    {
        List<long> sent = [.. session.Holes.Items];
        sent.RemoveAll(sequence => !PendingEvents.IsAdmitted(session, sequence, now));
        long unsent = _counter.Count(session, session.Cursor, head, now, long.MaxValue);
        long tooMany = sent.Count + unsent - max;
        return tooMany <= 0 ? null
            : tooMany <= sent.Count ? sent[(int)tooMany - 1]
            : _pending.Nth(session, session.Cursor, now, tooMany - sent.Count);
    }
}
