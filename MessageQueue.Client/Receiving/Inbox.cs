using MessageQueue.Client.Connections;
using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Receiving;

/// <summary>
/// What came and is not acknowledged yet. It keeps events from being handled twice, and sends acknowledgements together. The server's
/// window bounds it: what is not acknowledged is not followed by more.
/// </summary>
internal sealed class Inbox : IDisposable
{
    private const int MaxNumbersPerAck = 128;
    private static readonly TimeSpan MaxAckDelay = TimeSpan.FromMilliseconds(50);

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Delivery> _open = [];
    private readonly HandledNumbers _handled = new();
    private readonly MessageQueueClientOptions _options;
    private readonly Notices _notices;
    private readonly ITimer _timer;
    private List<long> _acknowledged = [];
    private Connection? _connection;
    private string? _log;
    private long _pending;
    private long _openHere;
    private int _batch = MaxNumbersPerAck;
    private int _window = 1024;
    private int _volatileCount;
    private bool _isTimerSet;

    public Inbox(MessageQueueClientOptions options, Notices notices)
    {
        _options = options;
        _notices = notices;
        _timer = options.TimeProvider.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Called with each event or gap that is to be handled, in the order of arrival.</summary>
    public required Action<Delivery> Handle { get; init; }

    /// <summary>How many events wait for this session at most: on the server, and here unhandled.</summary>
    public long Owed
    {
        get
        {
            lock (_lock)
            {
                return _pending + _openHere;
            }
        }
    }

    /// <summary>The largest number that was handled; 0 where there is none.</summary>
    public long LargestHandled
    {
        get
        {
            lock (_lock)
            {
                return _handled.Largest;
            }
        }
    }

    /// <summary>Begins a connection.</summary>
    /// <returns>Whether the server has another log than before.</returns>
    public bool Attach(Connection connection, ServerMessage welcome)
    {
        ClientNotice? notice;
        lock (_lock)
        {
            notice = _log is null || _log == welcome.Log ? null : ChangeLog(welcome);
            _log = welcome.Log;
            _connection = connection;
            _pending = welcome.Pending;
            _window = Math.Max(1, welcome.Window);
            _batch = Math.Clamp(_window / 4, 1, MaxNumbersPerAck);
            _openHere = 0;
            foreach (Delivery delivery in _open.Values)
            {
                delivery.IsOfThisConnection = false;
            }
        }

        Flush();
        if (notice is not null)
        {
            _notices.Tell(notice);
        }

        return notice is not null;
    }

    /// <summary>Ends the connection. Events that others may get now are not handled any more, unless somebody has them already.</summary>
    public void Detach(bool isFinal)
    {
        lock (_lock)
        {
            _connection = null;
            if (!_options.Shared && !isFinal)
            {
                return;
            }

            foreach (Delivery delivery in _open.Values.Where(delivery => !delivery.IsTaken).ToArray())
            {
                Forget(delivery);
            }
        }
    }

    /// <summary>Takes an event or a gap from the server.</summary>
    public void Receive(ServerMessage message)
    {
        Delivery delivery = new(this, message, _options.TimeProvider.GetTimestamp());
        lock (_lock)
        {
            if (message.Type == "event" && !TryOpen(message, delivery))
            {
                return;
            }
        }

        Handle(delivery);
    }

    /// <summary>Marks an event as taken by a handler or reader. False if it is settled already.</summary>
    public bool TryTake(Delivery delivery)
    {
        lock (_lock)
        {
            delivery.IsTaken = true;
            if (delivery.Message.Id is null)
            {
                _volatileCount--;
            }

            return !delivery.IsSettled;
        }
    }

    /// <summary>Acknowledges an event or a gap that is settled now.</summary>
    public void Acknowledge(Delivery delivery)
    {
        bool isFull;
        lock (_lock)
        {
            if (delivery.Message.Type == "gap")
            {
                _acknowledged.Add(delivery.Message.GapTo);
            }
            else if (delivery.Message.Id is { } number)
            {
                Close(delivery, number);
                _handled.Add(number);
                _acknowledged.Add(number);
            }

            isFull = _acknowledged.Count >= _batch;
            SetTimer();
        }

        if (isFull)
        {
            Flush();
        }
    }

    /// <summary>Sends the answer to an event that is settled now.</summary>
    public void Answer(Delivery delivery, ReadOnlySpan<byte> data)
    {
        if (delivery.Message.Id is not { } number)
        {
            return;
        }

        lock (_lock)
        {
            byte[] message = ClientMessages.Answer(number, data);
            Close(delivery, number);
            _handled.Add(number);
            _handled.AddAnswer(number, message);
            _connection?.Send(message);
        }
    }

    /// <summary>Asks for an event that is settled now again. Without a connection it comes again anyway.</summary>
    public void Reject(Delivery delivery, TimeSpan delay)
    {
        if (delivery.Message.Id is not { } number)
        {
            return;
        }

        lock (_lock)
        {
            Close(delivery, number);
            _connection?.Send(ClientMessages.Nack(number, delay));
        }
    }

    /// <summary>Sends the acknowledgements that wait.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            _isTimerSet = false;
            if (_connection is null || _acknowledged.Count == 0)
            {
                return;
            }

            foreach (long[] numbers in _acknowledged.Chunk(1024))
            {
                _connection.Send(ClientMessages.Ack(numbers));
            }

            _acknowledged = [];
        }
    }

    public void Dispose() => _timer.Dispose();

    // Whether the event is to be handled: it is neither handled nor under way.
    private bool TryOpen(ServerMessage message, Delivery delivery)
    {
        if (message.Id is not { } number)
        {
            // A volatile event needs no window. When too many wait here, it is skipped, as the server does where an output is full.
            return _volatileCount < _window && ++_volatileCount > 0;
        }

        _pending = Math.Max(0, _pending - 1);
        if (_handled.Contains(number))
        {
            Repeat(number);
            return false;
        }

        if (_open.TryGetValue(number, out Delivery? earlier))
        {
            if (!earlier.IsOfThisConnection)
            {
                earlier.IsOfThisConnection = true;
                _openHere++;
            }

            return false;
        }

        _open.Add(number, delivery);
        _openHere++;
        return true;
    }

    // The acknowledgement was lost, with a connection or in a crash of the server.
    private void Repeat(long number)
    {
        if (_handled.TryGetAnswer(number, out byte[]? answer))
        {
            _connection?.Send(answer);
            return;
        }

        _acknowledged.Add(number);
        SetTimer();
    }

    private void Close(Delivery delivery, long number)
    {
        if (_open.TryGetValue(number, out Delivery? open) && open == delivery)
        {
            _open.Remove(number);
            _openHere -= delivery.IsOfThisConnection ? 1 : 0;
        }
    }

    private void Forget(Delivery delivery)
    {
        delivery.TrySettle();
        Close(delivery, delivery.Message.Id!.Value);
    }

    private void SetTimer()
    {
        if (!_isTimerSet)
        {
            _isTimerSet = true;
            _timer.Change(MaxAckDelay, Timeout.InfiniteTimeSpan);
        }
    }

    private ClientNotice ChangeLog(ServerMessage welcome)
    {
        long upTo = welcome.Continues.FirstOrDefault(log => log.Log == _log).UpTo;
        foreach (Delivery delivery in _open.Values.Where(delivery => delivery.Message.Id > upTo).ToArray())
        {
            Forget(delivery);
        }

        _acknowledged.RemoveAll(number => number > upTo);
        IReadOnlyList<long> gone = _handled.ForgetAbove(upTo);
        return new ClientNotice(
            ClientNoticeKind.LogChanged,
            $"the server has another log, which is the same up to event {upTo}; {gone.Count} events that were handled are not in it")
        {
            To = upTo,
            Numbers = gone,
        };
    }
}
