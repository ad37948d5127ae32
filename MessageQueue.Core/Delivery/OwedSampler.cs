using MessageQueue.Diagnostics;
using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>Counts what all sessions are owed, some of them at every tick. Belongs to the apply loop.</summary>
internal sealed class OwedSampler
{
    /// <summary>
    /// A look-up in each of its rooms says what a session may be owed: so many of them at a tick, half a millisecond, are nothing to the
    /// apply loop.
    /// </summary>
    public const int RoomsPerTick = 8192;

    private int _sampled;
    private long _owed;

    /// <summary>Counts on, and publishes the sum when all sessions were counted.</summary>
    public void Sample(ServerState state, FanOut delivery, ServerCounters counters)
    {
        if (!counters.WantsOwed)
        {
            return;
        }

        // Of those that come and go meanwhile one may be left out or counted twice: the round after does better.
        for (int looked = 0; looked < RoomsPerTick && _sampled < state.Roster.Count; _sampled++)
        {
            SessionState session = state.Roster[_sampled];
            _owed += delivery.OwedAtMost(session);
            looked += 1 + session.Memberships.Count;
        }

        if (_sampled >= state.Roster.Count)
        {
            (counters.Owed, _owed, _sampled) = (_owed, 0, 0);
        }
    }
}
