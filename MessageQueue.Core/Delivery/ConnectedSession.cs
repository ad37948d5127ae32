using MessageQueue.State;

namespace MessageQueue.Delivery;

/// <summary>
/// A session that is connected, as the delivery sees it: its connections, what may be sent to them, and what has been looked up already. Nearly always there is one
/// connection; of several, each event goes to one, in turn among those that have room.
/// </summary>
internal sealed class ConnectedSession(SessionState session)
{
    /// <summary>
    /// Events of one session that may wait out a <c>nack</c>. They are out of the window, so this is what bounds them: while there are as many, nothing new is sent.
    /// </summary>
    public const int MaxDelayed = 10_000;

    private readonly List<ConnectionWindow> _consumers = new(1);
    private long[] _lookahead = [];
    private int _next;
    private int _end;
    private int _turn;

    /// <summary>The session.</summary>
    public SessionState Session { get; } = session;

    /// <summary>Its connections, in the order in which they came.</summary>
    public IReadOnlyList<ConnectionWindow> Consumers => _consumers;

    /// <summary>Everything owed was sent: the next event may go straight out.</summary>
    public bool IsCaughtUp { get; set; }

    /// <summary>Whether it waits for its turn with the delivery.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether events are being read from the log for it.</summary>
    public bool IsFetching { get; set; }

    /// <summary>Whether the event that is next cannot be read: its connections are being closed.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Events read from the log for it, oldest first.</summary>
    public Queue<OutgoingEvent> Fetched { get; } = new();

    /// <summary>The sequence of the last event that was considered for it: an event in two of its rooms is delivered once.</summary>
    public long LastOffered { get; set; }

    /// <summary>Whether it is still its session's.</summary>
    public bool IsCurrent => Session.ConnectedSession == this;

    /// <summary>Whether another event may be in flight.</summary>
    public bool HasRoom => Session.Unacked.Delayed < MaxDelayed && FindConsumer(_turn) >= 0;

    /// <summary>How many more events may be in flight.</summary>
    public int Room => Session.Unacked.Delayed < MaxDelayed ? (int)Math.Min(int.MaxValue, _consumers.Sum(static consumer => (long)consumer.Room)) : 0;

    /// <summary>Sequences owed after the session's cursor that were looked up already.</summary>
    public ReadOnlySpan<long> Lookahead => _lookahead.AsSpan(_next, _end - _next);

    /// <summary>Adds a connection.</summary>
    public void Add(ConnectionWindow consumer)
    {
        consumer.ConnectedSession = this;
        _consumers.Add(consumer);
    }

    /// <summary>Takes a connection out; what is in flight on it waits for another.</summary>
    public void Remove(ConnectionWindow consumer)
    {
        Session.Unacked.Return(consumer);
        consumer.ConnectedSession = null;
        _consumers.Remove(consumer);
        _turn = 0;
    }

    /// <summary>The connection whose turn it is to take an event into its window; null when none has room.</summary>
    public ConnectionWindow? NextConsumer()
    {
        int index = FindConsumer(_turn);
        if (index < 0)
        {
            return null;
        }

        _turn = index + 1 == _consumers.Count ? 0 : index + 1;
        return _consumers[index];
    }

    /// <summary>As <see cref="NextConsumer"/>, for an event that is not acknowledged and needs no window.</summary>
    public ConnectionWindow? NextOpenConsumer()
    {
        for (int i = 0; i < _consumers.Count; i++)
        {
            ConnectionWindow consumer = _consumers[(_turn + i) % _consumers.Count];
            if (!consumer.IsBlocked)
            {
                _turn = (_turn + i + 1) % _consumers.Count;
                return consumer;
            }
        }

        return null;
    }

    /// <summary>Looks up the next sequences, when there are none.</summary>
    public bool Refill(PendingEvents owed, long now)
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

    /// <summary>What was looked up may be gone: it is looked up again.</summary>
    public void ForgetLookahead() => _next = _end = 0;

    /// <summary>Nothing more is owed: the space is given back.</summary>
    public void CatchUp()
    {
        IsCaughtUp = true;
        _lookahead = [];
        _next = _end = 0;
    }

    private int FindConsumer(int first)
    {
        for (int i = first; i < _consumers.Count; i++)
        {
            if (_consumers[i].HasRoom)
            {
                return i;
            }
        }

        for (int i = 0; i < first; i++)
        {
            if (_consumers[i].HasRoom)
            {
                return i;
            }
        }

        return -1;
    }
}
