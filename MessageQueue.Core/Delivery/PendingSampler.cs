using MessageQueue.Delivery.Inspection;
using MessageQueue.Diagnostics;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// Counts the pending events of all sessions and finds the oldest of them, some sessions at every tick. For the apply loop only.
/// </summary>
internal sealed class PendingSampler
{
    /// <summary>
    /// How many rooms are looked at in one tick. A session costs one look-up per room; this many take half a millisecond, which the apply
    /// loop does not notice.
    /// </summary>
    public const int RoomsPerTick = 8192;

    private int _sampled;
    private long _pending;
    private long _oldest = long.MaxValue;

    /// <summary>
    /// Counts on, and publishes the sum once all sessions were counted. Returns the oldest pending event then, 0 if there is none, and
    /// null before.
    /// </summary>
    public long? Sample(ServerState state, FanOut fanOut, OwedEvents owed, ServerCounters counters, long now)
    {
        if (!counters.WantsOwed)
        {
            return null;
        }

        // A session that comes or ends meanwhile may be left out or counted twice. The next round corrects that.
        for (int looked = 0; looked < RoomsPerTick && _sampled < state.Roster.Count; _sampled++)
        {
            SessionState session = state.Roster[_sampled];
            long pending = fanOut.PendingAtMost(session);
            _pending += pending;
            looked += 1 + session.Memberships.Count;
            if (pending > 0)
            {
                // Costs about as much again, only for sessions with pending events.
                looked += 1 + session.Memberships.Count;
                long oldest = owed.Oldest(session, now);
                _oldest = oldest > 0 ? Math.Min(_oldest, oldest) : _oldest;
            }
        }

        if (_sampled < state.Roster.Count)
        {
            return null;
        }

        long found = _oldest == long.MaxValue ? 0 : _oldest;
        (counters.Owed, _pending, _sampled, _oldest) = (_pending, 0, 0, long.MaxValue);
        return found;
    }
}
