namespace MessageQueue.Sessions;

/// <summary>A session's connection as the delivery sees it: what may be sent on it, and what has been looked up already.</summary>
internal sealed class Subscription(SessionState session, IReceiver receiver, int window, bool acknowledgesItself)
{
    private long[] _lookahead = [];
    private int _next;
    private int _end;

    /// <summary>The session.</summary>
    public SessionState Session { get; } = session;

    /// <summary>The connection.</summary>
    public IReceiver Receiver { get; } = receiver;

    /// <summary>How many events may be in flight.</summary>
    public int Window { get; } = window;

    /// <summary>Whether an event counts as acknowledged when it was handed to the output.</summary>
    public bool AcknowledgesItself { get; } = acknowledgesItself;

    /// <summary>Everything owed was sent: the next event may go straight out.</summary>
    public bool IsCaughtUp { get; set; }

    /// <summary>The output was full; nothing is tried until it has drained.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>Whether it waits for its turn with the delivery.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether events are being read from the log for it.</summary>
    public bool IsFetching { get; set; }

    /// <summary>Events read from the log for it, oldest first.</summary>
    public Queue<StoredEvent> Fetched { get; } = new();

    /// <summary>The sequence of the last event that was considered for it: an event in two of its rooms is delivered once.</summary>
    public long LastOffered { get; set; }

    /// <summary>Whether it is still its session's connection.</summary>
    public bool IsCurrent => Session.Subscription == this;

    /// <summary>Whether another event may be in flight.</summary>
    public bool HasRoom => !IsBlocked && Session.Unacked.InFlight < Window;

    /// <summary>Sequences owed after the session's cursor that were looked up already.</summary>
    public ReadOnlySpan<long> Lookahead => _lookahead.AsSpan(_next, _end - _next);

    /// <summary>Looks up the next sequences, when there are none.</summary>
    public bool Refill(OwedEvents owed, long now)
    {
        if (_next == _end)
        {
            // 256: one look-up for many events, and 2 KB only while it lags.
            _lookahead = _lookahead.Length == 0 ? new long[256] : _lookahead;
            _next = 0;
            _end = owed.Next(Session, Session.Cursor, now, _lookahead);
        }

        return _next != _end;
    }

    /// <summary>The first of <see cref="Lookahead"/> was dealt with.</summary>
    public void Advance() => _next++;

    /// <summary>Nothing more is owed: the space is given back.</summary>
    public void CatchUp()
    {
        IsCaughtUp = true;
        _lookahead = [];
        _next = _end = 0;
    }
}
