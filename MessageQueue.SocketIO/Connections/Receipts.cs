using MessageQueue.Delivery;
using MessageQueue.Pipeline;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// Knows what one session's connection has received: everything that was written before a ping that the client has answered, because one
/// ordered transport carries both. Events that expect an answer are settled by the answer.
/// </summary>
/// <remarks>
/// Events are written, and receipts are applied, on the apply loop. <see cref="Mark"/> comes on any thread, <see cref="OnMarkReceived"/>
/// on the thread of the connection's messages.
/// </remarks>
/// <param name="broker">The broker.</param>
/// <param name="window">Returns the connection's window; null if it is not attached. Called on the apply loop.</param>
internal sealed class Receipts(Broker broker, Func<ConnectionWindow?> window) : IApplyStep
{
    // Ascending: events in flight that expect an answer. Sent too late: in flight, but with a number lower than one before.
    private readonly List<long> _unanswered = [];
    private readonly List<(long Number, long Place)> _late = [];
    private readonly List<long> _except = [];
    private readonly Lock _lock = new();
    private Position _written;
    private Position _marked;
    private Position _markedBefore;
    private long _lastPing;
    private Position _received;
    private int _isPosted;

    /// <summary>How many events may be in flight. Set before the first event.</summary>
    public int Window { get; set; } = int.MaxValue;

    /// <summary>Whether something was written that is not known to be received.</summary>
    public bool IsOpen
    {
        get
        {
            lock (_lock)
            {
                return _written.Place > _received.Place;
            }
        }
    }

    /// <summary>The number of the newest event that was written or that the client has received before. For the apply loop.</summary>
    public long Written => _written.Number;

    /// <summary>Sets the number up to which the client has received events on other connections. For the apply loop.</summary>
    public void Begin(long number)
    {
        lock (_lock)
        {
            _written.Number = number;
        }
    }

    /// <summary>
    /// Notes that an event was written. Returns whether half of the window was written since the last mark. For the apply loop.
    /// </summary>
    public bool Wrote(long number, bool expectsAnswer)
    {
        if (expectsAnswer)
        {
            Insert(number);
        }

        if (number < _written.Number)
        {
            _late.Add((number, _written.Place + 1));
        }

        lock (_lock)
        {
            _written = _written with { Place = _written.Place + 1, Number = Math.Max(_written.Number, number) };
            return _written.Place - _marked.Place >= Window / 2;
        }
    }

    /// <summary>
    /// Notes that several events were written, of which none expects an answer and all are newer than <see cref="Written"/>. Returns as
    /// <see cref="Wrote(long, bool)"/>.
    /// </summary>
    public bool Wrote(int count, long last)
    {
        lock (_lock)
        {
            _written = _written with { Place = _written.Place + count, Number = last };
            return _written.Place - _marked.Place >= Window / 2;
        }
    }

    /// <summary>Notes that a gap was written. For the apply loop.</summary>
    public void WroteGap(long upTo)
    {
        lock (_lock)
        {
            long place = _written.Place + 1;
            _written = _written with { Place = place, Gap = Math.Max(_written.Gap, upTo), LastGapAt = place };
        }
    }

    /// <summary>
    /// Notes that an event, which the client has received on another connection, was not written again. For the apply loop.
    /// </summary>
    public void Skipped(long number, bool expectsAnswer)
    {
        if (expectsAnswer)
        {
            Insert(number);
        }

        lock (_lock)
        {
            _received.Number = Math.Max(_received.Number, number);
        }

        Post();
    }

    /// <summary>Notes that the answer to a client's event was written. For the apply loop.</summary>
    public void WroteAnswer(long number)
    {
        lock (_lock)
        {
            _written = _written with { Place = _written.Place + 1, Answer = number };
        }
    }

    /// <summary>Remembers what was written so far. A ping follows.</summary>
    /// <param name="ping">The number of the ping.</param>
    public void Mark(long ping)
    {
        lock (_lock)
        {
            _markedBefore = _marked;
            _marked = _written;
            _lastPing = ping;
        }
    }

    /// <summary>Reports that the client has answered a ping. Returns whether that is news, and what it has received.</summary>
    /// <param name="ping">The number of the ping: the last one, or the one before it.</param>
    /// <param name="upTo">The number of the newest event.</param>
    /// <param name="answer">The last event of the client to which the answer was written; null for none.</param>
    public bool OnMarkReceived(long ping, out long upTo, out long? answer)
    {
        lock (_lock)
        {
            Position marked = ping == _lastPing ? _marked : _markedBefore;
            (upTo, answer) = (marked.Number, marked.Answer);
            if (marked.Place <= _received.Place)
            {
                return false;
            }

            _received = marked with { Number = Math.Max(marked.Number, _received.Number) };
        }

        Post();
        return true;
    }

    /// <inheritdoc />
    public void Apply(ApplyLoop loop, long number)
    {
        Volatile.Write(ref _isPosted, 0);
        Position received;
        bool isGapReceived;
        lock (_lock)
        {
            received = _received;
            isGapReceived = received.Gap > 0 && received.LastGapAt == _written.LastGapAt;
        }

        if (window() is not { SessionDelivery: not null } attached)
        {
            return;
        }

        _unanswered.RemoveAll(unanswered => attached.SessionDelivery.Unacked.DeliveriesOf(unanswered) == 0);
        // A client that never answers must not hold up the rest: the oldest are settled once they take half of the window.
        while (_unanswered.Count > Window / 2 && _unanswered[0] <= received.Number)
        {
            _unanswered.RemoveAt(0);
        }

        _except.Clear();
        _except.AddRange(_unanswered);
        AddLate(received.Place);
        loop.Acknowledgements.AcknowledgeSent(attached, received.Number, _except);
        if (isGapReceived)
        {
            loop.Acknowledgements.AcknowledgeGaps(attached, received.Gap);
        }
    }

    private void Insert(long number)
    {
        int index = _unanswered.BinarySearch(number);
        if (index < 0)
        {
            _unanswered.Insert(~index, number);
        }
    }

    private void AddLate(long receivedPlace)
    {
        _late.RemoveAll(late => late.Place <= receivedPlace);
        if (_late.Count > 0)
        {
            _except.AddRange(_late.Select(static late => late.Number));
            _except.Sort();
        }
    }

    private void Post()
    {
        if (Interlocked.Exchange(ref _isPosted, 1) == 0)
        {
            broker.Post(new ApplyInput(this));
        }
    }

    // How far something has come: the place counts what was written, the other fields are the highest of their kind so far.
    private record struct Position(long Place, long Number, long Gap, long LastGapAt, long? Answer);
}
