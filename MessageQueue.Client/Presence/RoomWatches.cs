using MessageQueue.Client.Connections;
using MessageQueue.Client.Emitting;
using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Presence;

/// <summary>
/// Watches rooms and shows what the app wants to show, on one connection after the other: both belong to a connection, so each one begins
/// anew. Thread-safe.
/// </summary>
internal sealed class RoomWatches : IDisposable
{
    private readonly MessageQueueClientOptions _options;
    private readonly DataCodec _codec;
    private readonly Notices _notices;
    private readonly BackOff _backOff;
    private readonly PresenceCalls _calls;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WatchedRoom> _rooms = [];
    private readonly Dictionary<string, PresenceRequest> _requests = [];
    private CancellationTokenSource _detached = new();
    private Connection? _connection;
    private ShownValue? _shown;
    private int _maxBytes;
    private bool _isClosed;

    public RoomWatches(MessageQueueClientOptions options, DataCodec codec, Notices notices)
    {
        (_options, _codec, _notices) = (options, codec, notices);
        _backOff = new BackOff(options.BackOffBase, options.BackOffCap, options.Random);
        _calls = new PresenceCalls(_lock);
    }

    /// <summary>Begins to tell a handler who is in a room. Disposing the result ends it.</summary>
    public IDisposable Add(string name, Action<RoomPresence> handler)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(MessageQueueClient));
            bool isWatched = _rooms.TryGetValue(name, out WatchedRoom? room);
            room ??= _rooms[name] = new WatchedRoom(name, _codec);
            PresenceHandler added = new(room, handler);
            room.Handlers.Add(added);
            if (isWatched)
            {
                _calls.Add(added);
            }
            else
            {
                Send(new PresenceRequest("watch", room));
            }

            return new Removal(this, added);
        }
    }

    /// <summary>Shows a value on this connection and all later ones. Completes when the server shows it or a later one.</summary>
    public Task ShowAsync(byte[] data)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return Task.FromException(Closed());
            }

            TaskCompletionSource done = _shown is { Done.Task.IsCompleted: false } earlier
                ? earlier.Done
                : new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _shown = new ShownValue(data, done);
            Send(new PresenceRequest("show", Shown: _shown));
            return done.Task;
        }
    }

    /// <summary>Begins anew on a connection.</summary>
    public void Attach(Connection connection, int maxBytes)
    {
        lock (_lock)
        {
            (_connection, _maxBytes) = (connection, maxBytes);
            _detached.Dispose();
            _detached = new CancellationTokenSource();
            if (_shown is not null)
            {
                Send(new PresenceRequest("show", Shown: _shown));
            }

            foreach (WatchedRoom room in _rooms.Values.ToArray())
            {
                Send(new PresenceRequest("watch", room));
            }
        }
    }

    /// <summary>Forgets the connection. What is known of the rooms stays, until there is a new state.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _connection = null;
            _requests.Clear();
            _detached.Cancel();
            foreach (WatchedRoom room in _rooms.Values)
            {
                room.IsGranted = false;
            }
        }
    }

    /// <summary>Takes a <c>presence</c>.</summary>
    public void Receive(ServerMessage message)
    {
        lock (_lock)
        {
            if (message is not { Room: { } name, Presence: { } presence } || !_rooms.TryGetValue(name, out WatchedRoom? room)
                || !room.IsGranted)
            {
                return; // Of a watch that was removed.
            }

            if (presence.Ended)
            {
                End(room, null);
            }
            else if (room.Apply(presence, (int)(message.Count ?? 0)))
            {
                room.Handlers.ForEach(_calls.Add);
            }
        }
    }

    /// <summary>Takes an <c>ack</c> or <c>error</c>. False if it answers nothing that was sent here.</summary>
    public bool Answer(ServerMessage message)
    {
        PresenceRequest? request;
        MessageQueueClientException? error = null;
        lock (_lock)
        {
            if (message.Ref is null || !_requests.Remove(message.Ref, out request))
            {
                return false;
            }

            if (message.Type == "error" && message.Code is "rate_limited" or "unavailable")
            {
                _ = RepeatAsync(request, _backOff.Next(), _detached.Token);
                return true;
            }

            _backOff.Reset();
            if (message.Type == "error")
            {
                error = new MessageQueueClientException(message.Code!, $"the server refused the {request}: {message.Message}");
            }

            Finish(request, error);
        }

        TellRefusal(error);
        return true;
    }

    /// <summary>Calls no handlers any more, and fails what waits.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            foreach (PresenceHandler handler in _rooms.Values.SelectMany(static room => room.Handlers))
            {
                handler.IsRemoved = true;
            }

            _rooms.Clear();
            if (_shown?.Done.TrySetException(Closed()) == true)
            {
                _ = _shown.Done.Task.Exception;
            }

            _detached.Dispose();
        }
    }

    private static MessageQueueClientException Closed() => new(MessageQueueClientException.Closed, "the client is closed");

    private void TellRefusal(MessageQueueClientException? error)
    {
        if (error is not null)
        {
            _notices.Tell(new ClientNotice(ClientNoticeKind.Refused, error.Message) { Code = error.Code });
        }
    }

    private void Finish(PresenceRequest request, MessageQueueClientException? error)
    {
        if (request.Shown is { } shown && shown == _shown)
        {
            if (error is null)
            {
                shown.Done.TrySetResult();
                return;
            }

            _shown = null; // It would be refused on every connection.
            shown.Done.TrySetException(error);
            _ = shown.Done.Task.Exception; // A notice tells it too.
        }
        else if (request is { Type: "watch", Room: { } room } && IsWatched(room))
        {
            room.IsGranted = error is null;
            if (error is not null)
            {
                End(room, error);
            }
        }
    }

    private void End(WatchedRoom room, MessageQueueClientException? error)
    {
        _rooms.Remove(room.Room);
        foreach (PresenceHandler handler in room.Handlers)
        {
            handler.End(error);
            _calls.Add(handler);
        }
    }

    private void Remove(PresenceHandler handler)
    {
        lock (_lock)
        {
            handler.IsRemoved = true;
            WatchedRoom room = handler.Room;
            if (room.Handlers.Remove(handler) && room.Handlers.Count == 0 && IsWatched(room))
            {
                _rooms.Remove(room.Room);
                Send(new PresenceRequest("unwatch", room));
            }
        }
    }

    private bool IsWatched(WatchedRoom room) => _rooms.GetValueOrDefault(room.Room) == room;

    private void Send(PresenceRequest request)
    {
        if (_connection is null)
        {
            return;
        }

        string id = References.Next();
        byte[] message = request.Shown is { } shown
            ? ClientMessages.Show(shown.Data, id)
            : ClientMessages.Room(request.Type, request.Room!.Room, id);
        if (message.Length > _maxBytes)
        {
            MessageQueueClientException error = new(
                MessageQueueClientException.TooLarge, $"the {request} is {message.Length} bytes; the server takes {_maxBytes}");
            Finish(request, error);
            _ = Task.Run(() => TellRefusal(error));
            return;
        }

        _requests.Add(id, request);
        _connection.Send(message);
    }

    // Unless the connection is lost meanwhile: the next one begins anew.
    private async Task RepeatAsync(PresenceRequest request, TimeSpan delay, CancellationToken detached)
    {
        await Task.Delay(delay, _options.TimeProvider, detached).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            if (!detached.IsCancellationRequested && IsWanted(request))
            {
                Send(request);
            }
        }
    }

    private bool IsWanted(PresenceRequest request) => request switch
    {
        { Shown: { } shown } => shown == _shown,
        { Type: "watch", Room: { } room } => IsWatched(room),
        _ => !_rooms.ContainsKey(request.Room!.Room),
    };

    private sealed class Removal(RoomWatches watches, PresenceHandler handler) : IDisposable
    {
        public void Dispose() => watches.Remove(handler);
    }
}
