using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Delivery;

/// <summary>
/// What is on its way to one session, and its connections: what was sent, what of that is not acknowledged, and what has been looked up
/// already. It is ahead of the <see cref="SessionState"/>, which the log changes a little later: see <see cref="ProgressJournal"/>. Nearly
/// always there is one connection; of several, each event goes to one, in turn among those that have room. For the apply loop only.
/// </summary>
internal sealed class SessionDelivery
{
    /// <summary>
    /// Events of one session that may wait out a <c>nack</c>. They are out of the window, so this is what bounds them: while there are as
    /// many, nothing new is sent.
    /// </summary>
    public const int MaxDelayed = 10_000;

    // A record has to fit into the log, and the windows of a shared session have no limit together. Beyond it, progress is under-reported.
    private const int MaxHoles = 16_384;

    private readonly List<ConnectionWindow> _consumers = new(1);
    private long[] _lookahead = [];
    private int _next;
    private int _end;
    private int _turn;

    /// <param name="session">The session. What the log says that it is owed, it is sent.</param>
    public SessionDelivery(SessionState session)
    {
        Session = session;
        Cursor = session.Cursor;
        Unacked.HighestAcknowledged = session.Holes.HighestAcknowledged;
        foreach (long hole in session.Holes.Items)
        {
            Unacked.AddWaiting(hole);
        }
    }

    /// <summary>The session.</summary>
    public SessionState Session { get; }

    /// <summary>The attachment that its connections have: see <see cref="SessionState.AttachedAt"/>.</summary>
    public long AttachedAt { get; set; }

    /// <summary>Everything owed up to here was sent. What of that is not acknowledged is in <see cref="Unacked"/>.</summary>
    public long Cursor { get; set; }

    /// <summary>What was sent and not acknowledged.</summary>
    public UnackedEvents Unacked { get; } = new();

    /// <summary>The greatest number that its client acknowledged, of an event or of a gap. Gaps that arose since are beyond it.</summary>
    public long AcknowledgedUpTo { get; private set; }

    /// <summary>Bytes of dead letters on their way into the log.</summary>
    public long BytesLeaving { get; set; }

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

    /// <summary>Whether it has a connection.</summary>
    public bool IsConnected => _consumers.Count > 0;

    /// <summary>Whether another event may be in flight.</summary>
    public bool HasRoom => Unacked.Delayed < MaxDelayed && FindConsumer(_turn) >= 0;

    /// <summary>How many more events may be in flight.</summary>
    public int Room => Unacked.Delayed < MaxDelayed ? (int)Math.Min(int.MaxValue, _consumers.Sum(static consumer => (long)consumer.Room)) : 0;

    /// <summary>Sequences owed after the session's cursor that were looked up already.</summary>
    public ReadOnlySpan<long> Lookahead => _lookahead.AsSpan(_next, _end - _next);

    /// <summary>Adds a connection.</summary>
    public void Add(ConnectionWindow consumer)
    {
        consumer.SessionDelivery = this;
        _consumers.Add(consumer);
    }

    /// <summary>Takes a connection out; what is in flight on it waits for another.</summary>
    public void Remove(ConnectionWindow consumer)
    {
        Unacked.Return(consumer);
        consumer.SessionDelivery = null;
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
            _end = owed.Next(Session, Cursor, now, _lookahead);
        }

        return _next != _end;
    }

    /// <summary>Everything owed up to here was sent, as of the last record applied.</summary>
    /// <param name="head">The sequence of that record.</param>
    public long SentUpTo(long head) => IsCaughtUp ? Math.Max(Cursor, head) : Cursor;

    /// <summary>The first of <see cref="Lookahead"/> was dealt with.</summary>
    public void Advance() => _next++;

    /// <summary>What was looked up may be gone: it is looked up again.</summary>
    public void ForgetLookahead() => _next = _end = 0;

    /// <summary>
    /// Its last connection is gone. What is being read stays wanted: whoever comes next waits for it, so that one request is under way at
    /// most.
    /// </summary>
    /// <param name="head">The sequence of the last record applied.</param>
    public void Disconnect(long head)
    {
        Cursor = SentUpTo(head);
        IsFetching &= !IsStuck;
        IsCaughtUp = IsStuck = false;
        Fetched.Clear();
        _lookahead = [];
        _next = _end = 0;
    }

    /// <summary>
    /// Its client acknowledged this number, of an event or of a gap. True: a gap that was not acknowledged before is dealt with by that.
    /// </summary>
    public bool Acknowledge(long number)
    {
        bool isNews = false;
        IReadOnlyList<Gap> gaps = Session.Gaps;
        for (int i = 0; i < gaps.Count; i++)
        {
            isNews |= gaps[i].To > AcknowledgedUpTo && gaps[i].To <= number;
        }

        AcknowledgedUpTo = Math.Max(AcknowledgedUpTo, number);
        return isNews;
    }

    /// <summary>The session has a new gap, which nothing before has acknowledged.</summary>
    public void Add(in Gap gap) => AcknowledgedUpTo = Math.Min(AcknowledgedUpTo, gap.To - 1);

    /// <summary>Nobody is sent any more what retention dropped. What the session lost by it is in its gaps.</summary>
    public void Drop(IReadOnlyList<SequenceRange> ranges)
    {
        ForgetLookahead();
        foreach (SequenceRange range in ranges)
        {
            if (Unacked.Count > 0)
            {
                Unacked.TakeWithin(range.First, range.Last);
            }
        }
    }

    /// <summary>Nothing up to here is sent any more.</summary>
    public void SkipTo(long sequence)
    {
        Unacked.TakeWithin(1, sequence);
        Cursor = Math.Max(Cursor, sequence);
    }

    /// <summary>
    /// What the session has dealt with, in as few words as are true: acknowledgements mostly come in order, and then a cursor says it all.
    /// </summary>
    /// <param name="head">The sequence of the last record applied.</param>
    public Progress ProgressAt(long head)
    {
        long settled = Settled(head);
        List<long> holes = Unacked.UpTo(settled);
        if (holes.Count > MaxHoles)
        {
            settled = holes[MaxHoles] - 1;
            holes.RemoveRange(MaxHoles, holes.Count - MaxHoles);
        }

        return new Progress(Session.Id, settled, holes) { AcknowledgedUpTo = AcknowledgedUpTo, AsOf = head };
    }

    /// <summary>As <see cref="ProgressAt"/>, as if this event were dealt with; it says nothing of gaps.</summary>
    public Progress ProgressWithout(long sequence, long head)
    {
        long settled = Math.Max(sequence, ProgressAt(head).Cursor);
        List<long> holes = Unacked.UpTo(settled);
        holes.Remove(sequence);
        return new Progress(Session.Id, settled, holes);
    }

    /// <summary>Nothing more is owed: the space is given back.</summary>
    public void CatchUp()
    {
        IsCaughtUp = true;
        _lookahead = [];
        _next = _end = 0;
    }

    private long Settled(long head)
    {
        long cursor = SentUpTo(head);
        return Unacked.Count == 0 ? cursor : Math.Max(Unacked.First - 1, Math.Min(cursor, Unacked.HighestAcknowledged));
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
