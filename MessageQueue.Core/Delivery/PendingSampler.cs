using MessageQueue.Diagnostics;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>Counts the pending events of all sessions, some sessions at every tick. For the apply loop only.</summary>
internal sealed class PendingSampler
{
    /// <summary>
    /// How many rooms are looked at in one tick. A session costs one look-up per room; this many take half a millisecond, which the apply
    /// loop does not notice.
    /// </summary>
    public const int RoomsPerTick = 8192;

    private int _sampled;
    private long _pending;

    /// <summary>Counts on, and publishes the sum once all sessions were counted.</summary>
    public void Sample(ServerState state, FanOut fanOut, ServerCounters counters)
    {
        if (!counters.WantsOwed)
        {
            return;
        }

        // A session that comes or ends meanwhile may be left out or counted twice. The next round corrects that.
        for (int looked = 0; looked < RoomsPerTick && _sampled < state.Roster.Count; _sampled++)
        {
            SessionState session = state.Roster[_sampled];
            _pending += fanOut.PendingAtMost(session);
            looked += 1 + session.Memberships.Count;
        }

        if (_sampled >= state.Roster.Count)
        {
            (counters.Owed, _pending, _sampled) = (_pending, 0, 0);
        }
    }
}
