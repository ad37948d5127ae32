using System.Net.WebSockets;
using MessageQueue.Client.Emitting;
using MessageQueue.Client.Messages;
using MessageQueue.Client.Presence;
using MessageQueue.Client.Receiving;

namespace MessageQueue.Client.Connections;

/// <summary>
/// Keeps a client connected: one connection after the other, with a wait between them, until the app or the server ends it.
/// </summary>
internal sealed class Reconnector(
    MessageQueueClientOptions options, StateHolder state, Inbox inbox, Outbox outbox, Rooms rooms, RoomWatches watches, Notices notices)
    : IDisposable
{
    /// <summary>A connection that was open this long makes earlier failures count no more.</summary>
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    private readonly BackOff _backOff = new(options.BackOffBase, options.BackOffCap, options.Random);
    private readonly Lock _lock = new();
    private CancellationTokenSource _run = new(); // Ends connecting, until the app connects again.
    private TaskCompletionSource _wake = new();
    private Connection? _connection;
    private Task _running = Task.CompletedTask;
    private bool _isRunning;
    private bool _isStopped;
    private bool _connectsAgain;
    private bool _wasOpen;
    private string? _from = options.From;
    private IReadOnlyList<string> _notJoined = [];

    /// <summary>The session's name; null before the first welcome of a session that the server names.</summary>
    public string? Session { get; private set; } = options.Session;

    /// <summary>The name by which others know the session; null before the first welcome of a session that the server names.</summary>
    public string? Alias { get; private set; } = options.Session;

    /// <summary>Connects, if nothing is connected or trying to; ends a wait; checks an open connection.</summary>
    public void Connect()
    {
        lock (_lock)
        {
            if (_isStopped)
            {
                return;
            }

            if (_isRunning && _run.IsCancellationRequested)
            {
                _connectsAgain = true;
                return;
            }

            if (!_isRunning)
            {
                _isRunning = true;
                _run.Dispose();
                _run = new CancellationTokenSource();
                state.Set(new ClientState(ClientStatus.Connecting));
                _running = Task.Run(RunAsync);
            }

            _wake.TrySetResult();
            _connection?.CheckNow();
        }
    }

    /// <summary>Sends what waits and closes the connection, until <see cref="Connect"/> is called.</summary>
    public async Task DisconnectAsync()
    {
        lock (_lock)
        {
            if (!_isRunning || _run.IsCancellationRequested)
            {
                return;
            }
        }

        await EndRunAsync();
        state.Set(new ClientState(ClientStatus.Closed, "disconnected by the app"));
        bool connectsAgain;
        lock (_lock)
        {
            _isRunning = false;
            (connectsAgain, _connectsAgain) = (_connectsAgain, false);
        }

        if (connectsAgain)
        {
            Connect();
        }
    }

    /// <summary>Sends what waits, closes the connection, and connects no more.</summary>
    public async Task StopAsync()
    {
        lock (_lock)
        {
            _isStopped = true;
        }

        await EndRunAsync();
        state.Set(new ClientState(ClientStatus.Closed, "closed by the app"));
    }

    public void Dispose() => _run.Dispose();

    private async Task EndRunAsync()
    {
        Connection? connection;
        Task running;
        lock (_lock)
        {
            connection = _connection;
            running = _running;
            _run.Cancel();
        }

        if (connection is not null)
        {
            await connection.CloseAsync();
        }

        await running;
    }

    private async Task RunAsync()
    {
        while (!_run.IsCancellationRequested)
        {
            ConnectionEnd end = await ConnectOnceAsync();
            if (_run.IsCancellationRequested)
            {
                return;
            }

            if (end.IsFinal)
            {
                Finish(end);
                return;
            }

            await WaitAsync(end);
        }
    }

    // An attempt, and the connection that it may lead to, until its end.
    private async Task<ConnectionEnd> ConnectOnceAsync()
    {
        state.Set(new ClientState(ClientStatus.Connecting));
        (Connection? connection, ServerMessage? welcome, ConnectionEnd end) = await OpenAsync();
        if (connection is null)
        {
            return end;
        }

        using (connection)
        {
            if (welcome is null)
            {
                return ReplaceSession(connection.End) ? await ConnectOnceAsync() : connection.End;
            }

            long opened = options.TimeProvider.GetTimestamp();
            if (Begin(connection, welcome))
            {
                await ReceiveAsync(connection);
            }

            lock (_lock)
            {
                _connection = null;
            }

            inbox.Detach(connection.End.IsFinal);
            outbox.Detach();
            watches.Detach();
            if (options.TimeProvider.GetElapsedTime(opened) >= Stable)
            {
                _backOff.Reset();
            }

            return connection.End;
        }
    }

    private async Task<(Connection? Connection, ServerMessage? Welcome, ConnectionEnd End)> OpenAsync()
    {
        ClientWebSocket? socket = null;
        using CancellationTokenSource timeout = new(options.AnswerTimeout, options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_run.Token, timeout.Token);
        try
        {
            string? token = options.Token is null ? null : await options.Token(either.Token).AsTask().WaitAsync(either.Token);
            socket = Create(token);
            await socket.ConnectAsync(UrlFor(token), either.Token);
            Connection connection = new(socket, options);
            using CancellationTokenRegistration registration = either.Token.UnsafeRegister(
                static connection => ((Connection)connection!).Abort("the server sent no welcome in time"), connection);
            ServerMessage? welcome = await connection.ReceiveAsync();
            if (welcome is null || welcome.Type == "welcome")
            {
                return (connection, welcome, connection.End);
            }

            connection.Dispose();
            return (null, null, new ConnectionEnd($"{options.Address} does not speak the protocol"));
        }
#pragma warning disable CA1031 // The token's function is the app's, and may throw anything.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            int status = (int)(socket?.HttpStatusCode ?? 0);
            socket?.Dispose();
            return (null, null, Describe(exception, status, timeout.IsCancellationRequested));
        }
    }

    private static ClientWebSocket Create(string? token)
    {
        ClientWebSocket socket = new();
        socket.Options.AddSubProtocol("mq.v1");
        // Pings are ours: any message of the server shows that it lives.
        socket.Options.KeepAliveInterval = TimeSpan.Zero;
        socket.Options.CollectHttpResponseDetails = true;
        if (token is not null && ConnectUrl.IsHeaderValue(token))
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        }

        return socket;
    }

    private ConnectionEnd Describe(Exception exception, int status, bool isTimeout) => exception switch
    {
        _ when isTimeout => new($"no answer within {options.AnswerTimeout.TotalSeconds} seconds")
        {
            Code = MessageQueueClientException.Unreachable,
        },
        WebSocketException when status is 401 or 403 => new($"the server refuses the connection with status {status}")
        {
            Code = MessageQueueClientException.Forbidden,
        },
        WebSocketException when status > 0 => new($"{options.Address} is not a MessageQueue server: it answers with status {status}")
        {
            Code = MessageQueueClientException.NotAServer,
        },
        WebSocketException => new(exception.GetBaseException().Message) { Code = MessageQueueClientException.Unreachable },
        _ => new($"the token could not be had: {exception.Message}"),
    };

    private Uri UrlFor(string? token)
    {
        (IReadOnlyList<string> fitting, _notJoined) = ConnectUrl.Split(rooms.Joined());
        return ConnectUrl.WithQuery(options.Address,
        [
            ("session", Session),
            ("window", options.Window?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ("mode", options.Shared ? "shared" : null),
            ("from", _from),
            ("token", token is null || ConnectUrl.IsHeaderValue(token) ? null : token),
            .. fitting.Select(room => ("room", (string?)room)),
        ]);
    }

    private bool Begin(Connection connection, ServerMessage welcome)
    {
        lock (_lock)
        {
            if (_run.IsCancellationRequested)
            {
                connection.Abort("closed by the app");
                return false;
            }

            _connection = connection;
        }

        if (_wasOpen && !welcome.Resumed && Session is not null)
        {
            TellLostSession("the session was ended or has expired; this is a new one, in the same rooms");
        }

        _wasOpen = true;
        Session = welcome.Session;
        Alias = welcome.Alias ?? welcome.Session;

        // Only a new session has a place to begin.
        _from = null;
        bool isOtherLog = inbox.Attach(connection, welcome);
        IEnumerable<string> joined = isOtherLog ? rooms.Joined() : welcome.Resumed ? [] : _notJoined;
        IEnumerable<string> left = isOtherLog ? rooms.Left() : [];
        OutboxEntry[] first = [.. left.Select(room => Restore("leave", room)), .. joined.Select(room => Restore("join", room))];
        outbox.Attach(connection, welcome.MaxBytes, first);
        watches.Attach(connection, welcome.MaxBytes);
        state.Set(new ClientState(ClientStatus.Open));
        return true;
    }

    private static OutboxEntry Restore(string type, string room)
    {
        string id = References.Next();
        return new OutboxEntry(OutboxKind.Restore, id, room, ClientMessages.Room(type, room, id));
    }

    private async Task ReceiveAsync(Connection connection)
    {
        while (await connection.ReceiveAsync() is { } message)
        {
            switch (message.Type)
            {
                case "event":
                case "gap":
                    inbox.Receive(message);
                    break;
                case "presence":
                    watches.Receive(message);
                    break;
                case "expiring" when options.Token is not null:
                    _ = RenewTokenAsync(connection);
                    break;
                case "ack" or "error" when outbox.Answer(message) || watches.Answer(message):
                    break;
                case "error":
                    notices.Tell(new ClientNotice(ClientNoticeKind.ServerError, $"error from the server: {message.Message}")
                    {
                        Code = message.Code,
                    });
                    break;
                default:
                    break;
            }
        }
    }

    // The server closes the connection when the token expires. If this fails, the function is asked again after that.
    private async Task RenewTokenAsync(Connection connection)
    {
        try
        {
            if (await options.Token!(_run.Token) is { Length: > 0 } token)
            {
                connection.Send(ClientMessages.Token(token));
            }
        }
#pragma warning disable CA1031 // The token's function is the app's, and may throw anything.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            notices.Tell(new ClientNotice(ClientNoticeKind.TokenFailed, $"no new token could be had: {exception.Message}"));
        }
    }

    // A session without a name of its own may have expired. Then the next one begins after what was handled.
    private bool ReplaceSession(ConnectionEnd end)
    {
        if (end.CloseCode != 1008 || options.Session is not null || Session is null)
        {
            return false;
        }

        Session = null;
        long handled = inbox.LargestHandled;
        _from = handled > 0 ? (handled + 1).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        TellLostSession("the session has expired; a new one begins with what the server still has of its rooms");
        return true;
    }

    private void TellLostSession(string message) => notices.Tell(new ClientNotice(ClientNoticeKind.SessionLost, message));

    private void Finish(ConnectionEnd end)
    {
        if (end.CloseCode == 4001)
        {
            notices.Tell(new ClientNotice(ClientNoticeKind.TakenOver, "another connection took the session over"));
        }

        // Who is told of the end may connect again at once.
        lock (_lock)
        {
            _isRunning = false;
        }

        state.Set(new ClientState(ClientStatus.Closed, end.Reason, CloseCode: end.CloseCode));
    }

    private async Task WaitAsync(ConnectionEnd end)
    {
        TimeSpan time = _backOff.Next(end.IsOverload);
        lock (_lock)
        {
            _wake = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        Task waiting = _wake.Task.WaitAsync(time, options.TimeProvider, _run.Token);
        DateTimeOffset until = options.TimeProvider.GetUtcNow() + time;
        state.Set(new ClientState(ClientStatus.Waiting, end.Reason, until, end.CloseCode) { Code = end.Code });
        await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
