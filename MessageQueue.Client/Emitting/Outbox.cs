using MessageQueue.Client.Connections;
using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Emitting;

/// <summary>
/// What is to be sent and what is not answered yet, in the order of the calls. It is sent again on each connection until it is answered,
/// with the same reference, by which the server stores it once.
/// </summary>
internal sealed class Outbox : IAsyncDisposable
{
    /// <summary>
    /// The server knows the last 1,024 references of a session. With fewer on their way, it knows all that are sent again.
    /// </summary>
    private const int MaxOnTheirWay = 256;

    private readonly Lock _lock = new();
    private readonly PriorityQueue<OutboxEntry, long> _waiting = new();
    private readonly Dictionary<string, OutboxEntry> _sent = [];
    private readonly MessageQueueClientOptions _options;
    private readonly Notices _notices;
    private readonly BackOff _backOff;
    private readonly ITimer _timer;
    private readonly OutboxFile? _file;
    private TaskCompletionSource? _whenEmpty;
    private Connection? _connection;
    private int _maxBytes;
    private int _count;
    private long _bytes;
    private long _last;
    private long _first;
    private bool _isPaused;
    private bool _isClosed;

    /// <summary>Creates it, with what an earlier process left in the file.</summary>
    public Outbox(MessageQueueClientOptions options, Notices notices)
    {
        _options = options;
        _notices = notices;
        _backOff = new BackOff(options.BackOffBase, options.BackOffCap, Random.Shared.NextDouble);
        _timer = options.TimeProvider.CreateTimer(_ => Resume(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (options.OutboxFile is not null)
        {
            _file = OutboxFile.Open(options.OutboxFile, this);
            foreach (OutboxEntry entry in _file.Restored)
            {
                entry.Order = ++_last;
                _waiting.Enqueue(entry, entry.Order);
                Charge(entry);
            }

            _file.Start();
        }
    }

    /// <summary>Called with the number of unanswered requests when it has changed.</summary>
    public event Action<int>? CountChanged;

    /// <summary>Called when the server has acknowledged a request.</summary>
    public required Action<OutboxEntry> Acknowledged { get; init; }

    /// <summary>Called when the server has refused a request.</summary>
    public required Action<OutboxEntry> Refused { get; init; }

    /// <summary>How many requests are not answered.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a request, and waits for its answer.</summary>
    /// <exception cref="MessageQueueClientException">There is no room or no connection, or the server refused it.</exception>
    public async Task<ServerMessage> SendAsync(OutboxEntry entry, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        MessageQueueClientException? failure = null;
        lock (_lock)
        {
            failure = Check(entry);
            if (failure is null)
            {
                entry.Order = ++_last;
                Charge(entry);
                if (_file is null)
                {
                    _waiting.Enqueue(entry, entry.Order);
                }
                else
                {
                    // The file gives it back when it is on disk.
                    _file.Add(entry);
                }
            }
        }

        if (failure is not null)
        {
            TellOverflow(entry, failure);
            throw failure;
        }

        Callbacks.Run(CountChanged, Count);
        Pump();
        await using CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister((_, token) => Withdraw(entry, token), null);
        return await entry.Answer;
    }

    /// <summary>Waits until all requests so far are on disk, where there is a file.</summary>
    public Task FlushAsync() => _file?.FlushAsync() ?? Task.CompletedTask;

    /// <summary>Takes entries that are on disk now.</summary>
    public void Ready(IReadOnlyList<OutboxEntry> entries)
    {
        lock (_lock)
        {
            foreach (OutboxEntry entry in entries)
            {
                _waiting.Enqueue(entry, entry.Order);
            }
        }

        Pump();
    }

    /// <summary>Fails entries that could not be written.</summary>
    public void Fail(IReadOnlyList<OutboxEntry> entries, MessageQueueClientException exception)
    {
        foreach (OutboxEntry entry in entries)
        {
            Finish(entry);
            entry.Fail(exception);
        }
    }

    /// <summary>Begins a connection: sends what waits.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="maxBytes">The largest message that the server takes.</param>
    /// <param name="first">What is sent before everything else.</param>
    public void Attach(Connection connection, int maxBytes, IEnumerable<OutboxEntry> first)
    {
        lock (_lock)
        {
            _connection = connection;
            _maxBytes = maxBytes;
            _isPaused = false;
            foreach (OutboxEntry entry in first.Reverse())
            {
                entry.Order = --_first;
                _waiting.Enqueue(entry, entry.Order);
                Charge(entry);
            }
        }

        Pump();
    }

    /// <summary>Ends the connection: what was sent and not answered waits for the next.</summary>
    public void Detach()
    {
        List<OutboxEntry> lost = [];
        lock (_lock)
        {
            _connection = null;
            foreach (OutboxEntry entry in _sent.Values)
            {
                if (entry.Kind is OutboxKind.Volatile or OutboxKind.Restore)
                {
                    lost.Add(entry);
                }
                else
                {
                    _waiting.Enqueue(entry, entry.Order);
                }
            }

            _sent.Clear();
            lost.AddRange(_waiting.UnorderedItems.Select(item => item.Element).Where(entry => entry.Kind == OutboxKind.Restore));
        }

        Fail(lost, new MessageQueueClientException(MessageQueueClientException.NotConnected, "the connection was lost before the answer"));
    }

    /// <summary>Takes an <c>ack</c> or <c>error</c>. False if it answers nothing that was sent here.</summary>
    public bool Answer(ServerMessage message)
    {
        OutboxEntry? entry;
        lock (_lock)
        {
            if (message.Ref is null || !_sent.Remove(message.Ref, out entry))
            {
                return false;
            }

            if (message.Type == "error" && message.Code is "rate_limited" or "unavailable" && entry.Kind != OutboxKind.Volatile)
            {
                Postpone(entry);
                return true;
            }
        }

        Finish(entry);
        if (message.Type == "ack")
        {
            _backOff.Reset();
            Acknowledged(entry);
            entry.Complete(message);
        }
        else
        {
            Refuse(entry, new MessageQueueClientException(message.Code!, $"the server refused {Describe(entry)}: {message.Message}"));
        }

        Pump();
        return true;
    }

    /// <summary>Takes no more requests.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }
    }

    /// <summary>Waits until everything is answered.</summary>
    public Task WhenEmptyAsync()
    {
        lock (_lock)
        {
            if (_count == 0)
            {
                return Task.CompletedTask;
            }

            _whenEmpty ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _whenEmpty.Task;
        }
    }

    /// <summary>Fails what is not answered. What is in the file stays there for the next process.</summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        if (_file is not null)
        {
            await _file.DisposeAsync();
        }

        OutboxEntry[] left;
        lock (_lock)
        {
            left = [.. _sent.Values, .. _waiting.UnorderedItems.Select(item => item.Element)];
            _sent.Clear();
            _waiting.Clear();
        }

        foreach (OutboxEntry entry in left)
        {
            entry.Fail(ClosedException(entry));
        }

        await _timer.DisposeAsync();
    }

    private static string Describe(OutboxEntry entry) => entry.Kind switch
    {
        OutboxKind.Join => $"the join of room '{entry.Subject}'",
        OutboxKind.Leave => $"the leave of room '{entry.Subject}'",
        OutboxKind.Restore => $"room '{entry.Subject}'",
        _ => $"the emit of '{entry.Subject}'",
    };

    private static MessageQueueClientException ClosedException(OutboxEntry entry) =>
        new(MessageQueueClientException.Closed, $"the client is closed; {Describe(entry)} was not answered");

    private MessageQueueClientException? Check(OutboxEntry entry) =>
        _isClosed ? ClosedException(entry)
        : entry.Kind == OutboxKind.Volatile && _connection is null
            ? new(MessageQueueClientException.NotConnected, $"{Describe(entry)} is volatile and there is no connection")
        : _count >= _options.OutboxLimit
            ? new(MessageQueueClientException.OutboxFull, $"{Describe(entry)}: OutboxLimit ({_options.OutboxLimit}) requests wait already")
        : _bytes + entry.Message.Length > _options.OutboxBytes
            ? new(MessageQueueClientException.OutboxFull, $"{Describe(entry)}: it does not fit into OutboxBytes ({_options.OutboxBytes})")
        : null;

    private void Charge(OutboxEntry entry)
    {
        _count++;
        _bytes += entry.Message.Length;
    }

    private void TellOverflow(OutboxEntry entry, MessageQueueClientException failure)
    {
        if (failure.Code == MessageQueueClientException.OutboxFull)
        {
            _notices.Tell(new ClientNotice(ClientNoticeKind.OutboxFull, failure.Message) { Event = entry.Subject, Code = failure.Code });
        }
    }

    // Sends while there is a connection and room on the way.
    private void Pump()
    {
        List<OutboxEntry> tooLarge = [];
        lock (_lock)
        {
            while (_connection is not null
                && !_isPaused
                && _sent.Count < MaxOnTheirWay
                && _waiting.TryDequeue(out OutboxEntry? entry, out _))
            {
                if (entry.IsOver)
                {
                    continue;
                }

                if (entry.Message.Length > _maxBytes)
                {
                    tooLarge.Add(entry);
                    continue;
                }

                // Two requests with one reference: the second waits for the answer to the first, which is its answer too.
                if (!_sent.TryAdd(entry.Id, entry))
                {
                    _waiting.Enqueue(entry, entry.Order);
                    break;
                }

                _connection.Send(entry.Message);
            }
        }

        foreach (OutboxEntry entry in tooLarge)
        {
            Finish(entry);
            Refuse(entry, new MessageQueueClientException(
                MessageQueueClientException.TooLarge,
                $"{Describe(entry)} has {entry.Message.Length} bytes; the server takes messages of {_maxBytes}"));
        }
    }

    private void Refuse(OutboxEntry entry, MessageQueueClientException exception)
    {
        Refused(entry);
        _notices.Tell(new ClientNotice(ClientNoticeKind.Refused, exception.Message)
        {
            Event = entry.Kind is OutboxKind.Emit or OutboxKind.Volatile ? entry.Subject : null,
            Code = exception.Code,
        });
        entry.Fail(exception);
    }

    // The caller holds the lock.
    private void Postpone(OutboxEntry entry)
    {
        _waiting.Enqueue(entry, entry.Order);
        if (!_isPaused)
        {
            _isPaused = true;
            _timer.Change(_backOff.Next(), Timeout.InfiniteTimeSpan);
        }
    }

    private void Resume()
    {
        lock (_lock)
        {
            _isPaused = false;
        }

        Pump();
    }

    private void Withdraw(OutboxEntry entry, CancellationToken cancellationToken)
    {
        bool wasSent;
        lock (_lock)
        {
            wasSent = _sent.ContainsKey(entry.Id);
        }

        // What was sent cannot be taken back; only the waiting ends.
        if (!wasSent)
        {
            Finish(entry);
        }

        entry.Cancel(cancellationToken);
    }

    private void Finish(OutboxEntry entry)
    {
        lock (_lock)
        {
            if (entry.IsOver)
            {
                return;
            }

            entry.IsOver = true;
            _file?.Remove(entry);
            _bytes -= entry.Message.Length;
            if (--_count == 0)
            {
                _whenEmpty?.TrySetResult();
                _whenEmpty = null;
            }
        }

        Callbacks.Run(CountChanged, Count);
    }
}
