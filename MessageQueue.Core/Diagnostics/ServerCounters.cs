using MessageQueue.Delivery;
using MessageQueue.State;

namespace MessageQueue.Diagnostics;

/// <summary>What the broker counts. Written by the apply loop alone where nothing else is said, and read by anybody, a little late at worst.</summary>
internal sealed class ServerCounters
{
    /// <summary>A look-up in each of its rooms says what a session may be owed: so many of them at a tick, half a millisecond, are nothing to the apply loop.</summary>
    public const int SampledRooms = 8192;

    private int _sampled;
    private long _owed;
    private long _refused;

    /// <summary>Events stored, and volatile ones.</summary>
    public long Emitted { get; set; }

    /// <summary>Events handed to outputs.</summary>
    public long Deliveries { get; private set; }

    /// <summary>Those of them that may have been delivered before.</summary>
    public long Redeliveries { get; private set; }

    /// <summary>Events put aside because a session got them too often.</summary>
    public long DeadLetters { get; set; }

    /// <summary>What retention counts.</summary>
    public RetentionCounts Retention { get; } = new();

    /// <summary>Messages and connections refused. Counted on any thread.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Events owed to all sessions at most, as of the last round of samples.</summary>
    public long Owed { get; private set; }

    /// <summary>Whether anybody asks what is owed, which costs something to count.</summary>
    public bool WantsOwed { get; set; }

    /// <summary>Told of every batch by the log writer: how many records, and how long the write and its sync took.</summary>
    public Action<int, TimeSpan>? Synced { get; set; }

    /// <summary>An event was handed to an output.</summary>
    public void Delivered(bool redelivered)
    {
        Deliveries++;
        Redeliveries += redelivered ? 1 : 0;
    }

    /// <summary>A message or a connection was refused.</summary>
    public void Refuse() => Interlocked.Increment(ref _refused);

    /// <summary>Counts on what sessions are owed, some at every tick.</summary>
    public void SampleOwed(ServerState state, FanOut delivery)
    {
        if (!WantsOwed)
        {
            return;
        }

        // Of those that come and go meanwhile one may be left out or counted twice: the round after does better.
        for (int looked = 0; looked < SampledRooms && _sampled < state.Roster.Count; _sampled++)
        {
            SessionState session = state.Roster[_sampled];
            _owed += delivery.OwedAtMost(session);
            looked += 1 + session.Memberships.Count;
        }

        if (_sampled >= state.Roster.Count)
        {
            (Owed, _owed, _sampled) = (_owed, 0, 0);
        }
    }
}
