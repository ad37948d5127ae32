using MessageQueue.State;
using MessageQueue.State.Pending;
using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.Delivery;

/// <summary>
/// The delivery to one session and its connections: which events were sent, which of those are not acknowledged, and which were looked up
/// already. It is ahead of the <see cref="SessionState"/>, which the log changes a little later: see <see cref="ProgressJournal"/>. A
/// session nearly always has one connection. With several, each event goes to one of them; those with room take turns. For the apply loop
/// only.
/// </summary>
internal sealed class SessionDelivery
{
    /// <summary>
    /// How many events of one session may wait for the delay of a <c>nack</c>. They do not count against the window, so this limit bounds
    /// them: once it is reached, nothing new is sent.
    /// </summary>
    public const int MaxDelayed = 10_000;

    // Limits the record's size: the windows of a shared session have no common limit. Beyond it, progress is under-reported.
    private const int MaxHoles = 16_384;

    private readonly List<ConnectionWindow> _windows = new(1);
    private long[] _lookahead = [];
    private int _next;
    private int _end;
    private int _turn;

    /// <param name="session">The session. The delivery starts with what the log says is pending for it.</param>
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

    /// <summary>The attachment that its connections belong to: see <see cref="SessionState.AttachedAt"/>.</summary>
    public long AttachedAt { get; set; }

    /// <summary>Every pending event up to this sequence was sent. Those that are not acknowledged are in <see cref="Unacked"/>.</summary>
    public long Cursor { get; set; }

    /// <summary>The events that were sent and not acknowledged.</summary>
    public UnackedEvents Unacked { get; } = new();

    /// <summary>The greatest number that its client acknowledged, of an event or of a gap. Gaps that arose later lie beyond it.</summary>
    public long AcknowledgedUpTo { get; private set; }

    /// <summary>The bytes of dead letters that were sent to the log and are not applied yet.</summary>
    public long DeadLetterBytes { get; set; }

    /// <summary>The windows of its connections, in the order in which they attached.</summary>
    public IReadOnlyList<ConnectionWindow> Windows => _windows;

    /// <summary>The window of its connection; null if it has none or several.</summary>
    public ConnectionWindow? OnlyWindow => _windows.Count == 1 ? _windows[0] : null;

    /// <summary>Whether every pending event was sent, so that the next event can be sent at once.</summary>
    public bool IsCaughtUp { get; set; }

    /// <summary>Whether it is in the queue of the fan-out.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Whether events are being read from the log for it.</summary>
    public bool IsFetching { get; set; }

    /// <summary>Whether the next event cannot be read. Its connections are being closed.</summary>
    public bool IsStuck { get; set; }

    /// <summary>The events that were read from the log for it, oldest first.</summary>
    public Queue<OutgoingEvent> Fetched { get; } = new();

    /// <summary>The mark of the last event that was published to it, so that an event in two of its rooms is delivered once.</summary>
    public long LastPublished { get; set; }

    /// <summary>Whether it has a connection.</summary>
    public bool IsConnected => _windows.Count > 0;

    /// <summary>Whether another event may be in flight.</summary>
    public bool HasRoom => Unacked.Delayed < MaxDelayed && FindWindow(_turn) >= 0;

    /// <summary>How many more events may be in flight.</summary>
    public int Room => Unacked.Delayed < MaxDelayed ? (int)Math.Min(int.MaxValue, _windows.Sum(static window => (long)window.Room)) : 0;

    /// <summary>The pending sequences after <see cref="Cursor"/> that were looked up already.</summary>
    public ReadOnlySpan<long> Lookahead => _lookahead.AsSpan(_next, _end - _next);

    /// <summary>Adds a connection.</summary>
    public void Add(ConnectionWindow window)
    {
        window.SessionDelivery = this;
        _windows.Add(window);
    }

    /// <summary>Removes a connection. Its events in flight wait for another connection.</summary>
    public void Remove(ConnectionWindow window)
    {
        Unacked.Return(window);
        window.SessionDelivery = null;
        _windows.Remove(window);
        _turn = 0;
    }

    /// <summary>Returns the connection whose turn it is to take an event into its window, or null if none has room.</summary>
    public ConnectionWindow? NextWindow()
    {
        int index = FindWindow(_turn);
        if (index < 0)
        {
            return null;
        }

        _turn = index + 1 == _windows.Count ? 0 : index + 1;
        return _windows[index];
    }

    /// <summary>As <see cref="NextWindow"/>, for a volatile event, which is not acknowledged and needs no room in the window.</summary>
    public ConnectionWindow? NextOpenWindow()
    {
        for (int i = 0; i < _windows.Count; i++)
        {
            ConnectionWindow window = _windows[(_turn + i) % _windows.Count];
            if (!window.IsBlocked)
            {
                _turn = (_turn + i + 1) % _windows.Count;
                return window;
            }
        }

        return null;
    }

    /// <summary>
    /// Looks up the next pending sequences if none are left in <see cref="Lookahead"/>. Returns false if nothing is pending.
    /// </summary>
    public bool Refill(PendingEvents pending, long now)
    {
        if (_next == _end)
        {
            // 256: one look-up serves many events, and the 2 KB are held only while the session is behind.
            _lookahead = _lookahead.Length == 0 ? new long[256] : _lookahead;
            _next = 0;
            _end = pending.Next(Session, Cursor, now, _lookahead);
        }

        return _next != _end;
    }

    /// <summary>Returns the sequence up to which every pending event was sent, as of the last record applied.</summary>
    /// <param name="head">The sequence of that record.</param>
    public long SentUpTo(long head) => IsCaughtUp ? Math.Max(Cursor, head) : Cursor;

    /// <summary>Removes the first sequence of <see cref="Lookahead"/>, which was sent or skipped.</summary>
    public void Advance() => _next++;

    /// <summary>Clears <see cref="Lookahead"/>, because events in it may have been dropped. It is looked up again.</summary>
    public void ForgetLookahead() => _next = _end = 0;

    /// <summary>
    /// Updates the delivery after the last connection was removed. A read that is under way stays valid, and the next connection waits for
    /// it: so at most one request is under way per session.
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
    /// Records that the client acknowledged this number, of an event or of a gap. Returns true if that acknowledges a gap for the first
    /// time.
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

    /// <summary>Records a new gap of the session, which no earlier acknowledgement covers.</summary>
    public void Add(in Gap gap) => AcknowledgedUpTo = Math.Min(AcknowledgedUpTo, gap.To - 1);

    /// <summary>Forgets events that retention dropped: they are not sent any more. What the session lost is in its gaps.</summary>
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

    /// <summary>Skips all events up to this sequence: they are not sent any more.</summary>
    public void SkipTo(long sequence)
    {
        Unacked.TakeWithin(1, sequence);
        Cursor = Math.Max(Cursor, sequence);
    }

    /// <summary>
    /// Returns what the session has acknowledged, in the shortest form. Acknowledgements mostly come in order, and then a cursor without
    /// holes is enough.
    /// </summary>
    /// <param name="head">The sequence of the last record applied.</param>
    public Progress ProgressAt(long head)
    {
        long upTo = AcknowledgedAt(head);
        List<long> holes = Unacked.UpTo(upTo);
        if (holes.Count > MaxHoles)
        {
            upTo = holes[MaxHoles] - 1;
            holes.RemoveRange(MaxHoles, holes.Count - MaxHoles);
        }

        return new Progress(Session.Id, upTo, holes) { AcknowledgedUpTo = AcknowledgedUpTo, AsOf = head };
    }

    /// <summary>As <see cref="ProgressAt"/>, with this event counted as acknowledged. It says nothing about gaps.</summary>
    public Progress ProgressWithout(long sequence, long head)
    {
        long upTo = Math.Max(sequence, ProgressAt(head).Cursor);
        List<long> holes = Unacked.UpTo(upTo);
        holes.Remove(sequence);
        return new Progress(Session.Id, upTo, holes);
    }

    /// <summary>Marks the session as caught up and frees the memory of the look-up.</summary>
    public void CatchUp()
    {
        IsCaughtUp = true;
        _lookahead = [];
        _next = _end = 0;
    }

    private long AcknowledgedAt(long head)
    {
        long cursor = SentUpTo(head);
        return Unacked.Count == 0 ? cursor : Math.Max(Unacked.First - 1, Math.Min(cursor, Unacked.HighestAcknowledged));
    }

    private int FindWindow(int first)
    {
        for (int i = first; i < _windows.Count; i++)
        {
            if (_windows[i].HasRoom)
            {
                return i;
            }
        }

        for (int i = 0; i < first; i++)
        {
            if (_windows[i].HasRoom)
            {
                return i;
            }
        }

        return -1;
    }
}
