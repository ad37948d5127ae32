using System.Net.NetworkInformation;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessageQueue.Client.Connections;
using MessageQueue.Client.Diagnostics;
using MessageQueue.Client.Emitting;
using MessageQueue.Client.Messages;
using MessageQueue.Client.Presence;
using MessageQueue.Client.Receiving;

namespace MessageQueue.Client;

/// <summary>
/// A client of a MessageQueue server: one session in one namespace. It stays connected, handles each event once, acknowledges it after
/// that, and repeats what it emits until the server has stored it. All members may be called from several threads.
/// </summary>
/// <remarks>Connecting begins with <see cref="ConnectAsync"/>, so that handlers can be added before.</remarks>
public sealed class MessageQueueClient : IAsyncDisposable
{
    private readonly MessageQueueClientOptions _options;
    private readonly DataCodec _codec;
    private readonly StateHolder _state = new();
    private readonly Notices _notices = new();
    private readonly Rooms _rooms;
    private readonly Dispatcher _dispatcher;
    private readonly Outbox _outbox;
    private readonly RoomWatches _watches;
    private readonly Reconnector _reconnector;
    private readonly NetworkAvailabilityChangedEventHandler _networkChanged;
    private readonly Lock _lock = new();
    private Task? _closing;

    /// <summary>Creates a client that does not connect yet.</summary>
    /// <param name="options">Its options; the address is required.</param>
    /// <exception cref="ArgumentException">An option is not allowed. The message names it.</exception>
    /// <exception cref="IOException">The outbox file cannot be opened, or another client uses it.</exception>
    /// <exception cref="InvalidDataException">The outbox file is damaged, or is another file.</exception>
    public MessageQueueClient(MessageQueueClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options.Copy();
        _codec = new DataCodec(_options.JsonSerializerOptions);
        _rooms = new Rooms(_options.Rooms);
        _outbox = new Outbox(_options, _notices) { Acknowledged = OnAcknowledged, Refused = OnRefused };
        _dispatcher = new Dispatcher(_options, _notices);
        _watches = new RoomWatches(_options, _codec, _notices);
        _reconnector = new Reconnector(_options, _state, _dispatcher.Inbox, _outbox, _rooms, _watches, _notices);
        _networkChanged = (_, change) => OnNetworkChanged(change.IsAvailable);
        NetworkChange.NetworkAvailabilityChanged += _networkChanged;
    }

    /// <summary>
    /// Called with each new state, one at a time and in order, before the client goes on: it must return soon, and not throw.
    /// </summary>
    public event Action<ClientState>? StateChanged
    {
        add => _state.Changed += value;
        remove => _state.Changed -= value;
    }

    /// <summary>
    /// Called with what the app should know and no result tells: gaps, refusals, failures. It must return soon, and not throw.
    /// </summary>
    public event Action<ClientNotice>? Noticed
    {
        add => _notices.Noticed += value;
        remove => _notices.Noticed -= value;
    }

    /// <summary>Called with <see cref="Unanswered"/> when it has changed. It must return soon, and not throw.</summary>
    public event Action<int>? UnansweredChanged
    {
        add => _outbox.CountChanged += value;
        remove => _outbox.CountChanged -= value;
    }

    /// <summary>What the client is doing, and why.</summary>
    public ClientState State => _state.Current;

    /// <summary>
    /// The session's name. Null before the first connection of a session without a name of its own. Such a name is a secret: whoever knows
    /// it can be that session.
    /// </summary>
    public string? Session => _reconnector.Session;

    /// <summary>
    /// The name by which others know the session: <c>From</c> of its events, and its name in presence. That is the session's own name, or
    /// the alias of one without a name of its own. Null before the first connection of such a session.
    /// </summary>
    public string? Alias => _reconnector.Alias;

    /// <summary>
    /// How many events wait for this session at most: on the server when the connection began, less what has come, and what is here and not
    /// acknowledged.
    /// </summary>
    public long Owed => _dispatcher.Inbox.Owed;

    /// <summary>How many emits, joins and leaves wait or are not answered yet.</summary>
    public int Unanswered => _outbox.Count;

    /// <summary>
    /// Connects, and goes on to keep connected in the background. It may be called again: while the client waits, it tries at once; after
    /// it was closed by the server, it begins again.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting for the connection; the client goes on trying.</param>
    /// <returns>A task that completes when it is open. Nobody has to wait for it.</returns>
    /// <exception cref="MessageQueueClientException">The server does not allow it, or the client was disposed.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        Reconnect();
        ClientState state = await _state.WaitAsync(
            static state => state.Status is ClientStatus.Open or ClientStatus.Closed, cancellationToken);
        if (state.Status == ClientStatus.Closed)
        {
            throw new MessageQueueClientException(MessageQueueClientException.Closed, $"the client is closed: {state.Reason}");
        }
    }

    /// <summary>
    /// Tells the client that the network has changed. If it waits, it connects at once; if it is open, it checks the connection; if it is
    /// closed, it begins again. It does so by itself when the system reports that the network is back, unless it is closed.
    /// </summary>
    public void Reconnect()
    {
        lock (_lock)
        {
            if (_closing is null)
            {
                _reconnector.Connect();
            }
        }
    }

    /// <summary>
    /// Closes the connection until <see cref="ConnectAsync"/> or <see cref="Reconnect"/> is called. Meanwhile the client is closed, takes
    /// emits for its outbox, and the server keeps its events.
    /// </summary>
    /// <returns>A task that completes when the connection is closed.</returns>
    public Task DisconnectAsync()
    {
        _dispatcher.Inbox.Flush();
        return _reconnector.DisconnectAsync();
    }

    /// <summary>
    /// Handles the events of a name. The event is acknowledged when the handler has finished, and comes again if it throws.
    /// </summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">What to run.</param>
    /// <returns>Removes the handler when it is disposed.</returns>
    /// <exception cref="InvalidOperationException">These events are read with <c>EventsAsync</c>.</exception>
    public IDisposable On<T>(string name, Func<ReceivedEvent<T>, Task> handler) => Add(name, handler, null);

    /// <summary>The same, with source-generated metadata.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">What to run.</param>
    /// <param name="json">How the data is read.</param>
    /// <returns>Removes the handler when it is disposed.</returns>
    public IDisposable On<T>(string name, Func<ReceivedEvent<T>, Task> handler, JsonTypeInfo<T> json) => Add(name, handler, json);

    /// <summary>Handles the events of a name, and answers those for which the server waits for a reply.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <typeparam name="TReply">The type of the reply.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">What to run. It returns the reply.</param>
    /// <returns>Removes the handler when it is disposed.</returns>
    /// <exception cref="InvalidOperationException">These events are read with <c>EventsAsync</c>.</exception>
    public IDisposable On<T, TReply>(string name, Func<ReceivedEvent<T>, Task<TReply>> handler) => Add(name, handler, null, null);

    /// <summary>The same, with source-generated metadata.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <typeparam name="TReply">The type of the reply.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="handler">What to run. It returns the reply.</param>
    /// <param name="json">How the data is read.</param>
    /// <param name="replyJson">How the reply is written.</param>
    /// <returns>Removes the handler when it is disposed.</returns>
    public IDisposable On<T, TReply>(
        string name, Func<ReceivedEvent<T>, Task<TReply>> handler, JsonTypeInfo<T> json, JsonTypeInfo<TReply> replyJson) =>
        Add(name, handler, json, replyJson);

    /// <summary>Handles all events that have neither a handler nor a reader of their own.</summary>
    /// <param name="handler">What to run.</param>
    /// <returns>Removes the handler when it is disposed.</returns>
    public IDisposable OnAny(Func<ReceivedEvent<JsonElement>, Task> handler) => Add(null, handler, null);

    /// <summary>
    /// Reads the events of a name, one after the other. Each is to be acknowledged or asked for again; what is not when the reading ends
    /// comes again. Until it is acknowledged it counts for the window, so a slow reader slows the server down and fills no memory. Several
    /// readers of one name share its events.
    /// </summary>
    /// <typeparam name="T">The type of the data. Events whose data is not of it come again, and a notice tells it.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The events. They end when the client is disposed.</returns>
    /// <exception cref="InvalidOperationException">These events have a handler.</exception>
    public IAsyncEnumerable<ReceivedEvent<T>> EventsAsync<T>(string name, CancellationToken cancellationToken = default) =>
        Read<T>(name, null, cancellationToken);

    /// <summary>The same, with source-generated metadata.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="json">How the data is read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The events.</returns>
    public IAsyncEnumerable<ReceivedEvent<T>> EventsAsync<T>(
        string name, JsonTypeInfo<T> json, CancellationToken cancellationToken = default) => Read(name, json, cancellationToken);

    /// <summary>
    /// Watches who is in a room, on every connection anew. The handler is told who is there, and then every change. It is called one at a
    /// time; while it runs, changes add up. It must not throw.
    /// </summary>
    /// <param name="room">The room. Watching is allowed where joining is, and needs no membership.</param>
    /// <param name="handler">What to call.</param>
    /// <returns>Ends the watch when it is disposed.</returns>
    /// <exception cref="ObjectDisposedException">The client was disposed.</exception>
    public IDisposable OnPresence(string room, Action<RoomPresence> handler)
    {
        ArgumentException.ThrowIfNullOrEmpty(room);
        ArgumentNullException.ThrowIfNull(handler);
        return _watches.Add(room, handler);
    }

    /// <summary>
    /// Shows a small value of this session, such as a name, to those who watch a room in which it is: now, and again on every connection.
    /// The last value counts.
    /// </summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value, up to 512 bytes of JSON.</param>
    /// <param name="cancellationToken">Ends the waiting; the value counts nevertheless.</param>
    /// <returns>A task that completes when the server shows it, or a later one. Nobody has to wait for it.</returns>
    /// <exception cref="MessageQueueClientException">The server refused it, or the client was disposed.</exception>
    public Task ShowAsync<T>(T value, CancellationToken cancellationToken = default) =>
        _watches.ShowAsync(_codec.Write(value, null)).WaitAsync(cancellationToken);

    /// <summary>The same, with source-generated metadata.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="value">The value, up to 512 bytes of JSON.</param>
    /// <param name="json">How the value is written.</param>
    /// <param name="cancellationToken">Ends the waiting; the value counts nevertheless.</param>
    /// <returns>A task that completes when the server shows it, or a later one.</returns>
    public Task ShowAsync<T>(T value, JsonTypeInfo<T> json, CancellationToken cancellationToken = default) =>
        _watches.ShowAsync(_codec.Write(value, json)).WaitAsync(cancellationToken);

    /// <summary>Shows nothing of this session any more.</summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>A task that completes when the server shows nothing.</returns>
    public Task ShowNothingAsync(CancellationToken cancellationToken = default) => _watches.ShowAsync([]).WaitAsync(cancellationToken);

    /// <summary>Reads all events that have neither a handler nor a reader of their own.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The events.</returns>
    public IAsyncEnumerable<ReceivedEvent<JsonElement>> AnyEventsAsync(CancellationToken cancellationToken = default) =>
        Read<JsonElement>(null, null, cancellationToken);

    /// <summary>Emits an event, and waits until the server has stored it.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="data">Its data.</param>
    /// <param name="to">A room, <c>*</c> for every session of the namespace, or <c>@NAME</c> for one session.</param>
    /// <param name="cancellationToken">Ends the waiting. What was not sent yet is withdrawn; what was sent may be stored.</param>
    /// <returns>The event's number.</returns>
    /// <exception cref="MessageQueueClientException">The server refused it, the outbox is full, or the client was disposed.</exception>
    public Task<long> EmitAsync<T>(string name, T data, string to, CancellationToken cancellationToken = default) =>
        EmitAsync(name, data, new EmitSettings { To = [to] }, cancellationToken);

    /// <summary>Emits an event, and waits until the server has stored it.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="data">Its data.</param>
    /// <param name="settings">Where it goes, and how.</param>
    /// <param name="cancellationToken">Ends the waiting. What was not sent yet is withdrawn; what was sent may be stored.</param>
    /// <returns>The event's number; 0 where nothing is stored.</returns>
    /// <exception cref="MessageQueueClientException">
    /// The server refused it, the outbox is full, the client was disposed, or it is volatile and there is no connection.
    /// </exception>
    public async Task<long> EmitAsync<T>(string name, T data, EmitSettings settings, CancellationToken cancellationToken = default) =>
        (await SendAsync(name, _codec.Write(data, null), settings, cancellationToken)).Id ?? 0;

    /// <summary>The same, with source-generated metadata.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="data">Its data.</param>
    /// <param name="settings">Where it goes, and how.</param>
    /// <param name="json">How the data is written.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The event's number; 0 where nothing is stored.</returns>
    public async Task<long> EmitAsync<T>(
        string name, T data, EmitSettings settings, JsonTypeInfo<T> json, CancellationToken cancellationToken = default) =>
        (await SendAsync(name, _codec.Write(data, json), settings, cancellationToken)).Id ?? 0;

    /// <summary>Calls the server's own handler of an event.</summary>
    /// <typeparam name="TAnswer">The type of what the handler returns.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="data">Its data, written by its actual type; null for none.</param>
    /// <param name="cancellationToken">Ends the waiting. The handler may run nevertheless.</param>
    /// <returns>What the handler returned; the default value where it returned nothing.</returns>
    /// <exception cref="MessageQueueClientException">The handler threw (<c>failed</c>), or there is none (<c>unhandled</c>).</exception>
    public async Task<TAnswer> CallAsync<TAnswer>(string name, object? data = null, CancellationToken cancellationToken = default) =>
        _codec.Read<TAnswer>((await SendAsync(name, _codec.WriteObject(data), new EmitSettings(), cancellationToken)).Data, null);

    /// <summary>The same, with source-generated metadata.</summary>
    /// <typeparam name="T">The type of the data.</typeparam>
    /// <typeparam name="TAnswer">The type of what the handler returns.</typeparam>
    /// <param name="name">The event's name.</param>
    /// <param name="data">Its data.</param>
    /// <param name="json">How the data is written.</param>
    /// <param name="answerJson">How the answer is read.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>What the handler returned.</returns>
    public async Task<TAnswer> CallAsync<T, TAnswer>(
        string name, T data, JsonTypeInfo<T> json, JsonTypeInfo<TAnswer> answerJson, CancellationToken cancellationToken = default) =>
        _codec.Read((await SendAsync(name, _codec.Write(data, json), new EmitSettings(), cancellationToken)).Data, answerJson);

    /// <summary>
    /// Waits until everything that was emitted so far is in the outbox file: it will be sent even if this process is killed. Does not wait
    /// where there is no file.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task FlushOutboxAsync(CancellationToken cancellationToken = default) => _outbox.FlushAsync().WaitAsync(cancellationToken);

    /// <summary>Joins a room. The session stays in it until it leaves or ends, connected or not.</summary>
    /// <param name="room">The room.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="MessageQueueClientException">The server refused it.</exception>
    public Task JoinAsync(string room, CancellationToken cancellationToken = default) =>
        SendAsync(OutboxKind.Join, "join", room, cancellationToken);

    /// <summary>Leaves a room. What it owes the session already still comes.</summary>
    /// <param name="room">The room.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="MessageQueueClientException">The server refused it.</exception>
    public Task LeaveAsync(string room, CancellationToken cancellationToken = default)
    {
        _rooms.Remove(room);
        return SendAsync(OutboxKind.Leave, "leave", room, cancellationToken);
    }

    /// <summary>
    /// Closes the client. It starts no handlers and takes no requests any more, and waits up to
    /// <see cref="MessageQueueClientOptions.CloseTimeout"/> for what is under way.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Task closing;
        lock (_lock)
        {
            closing = _closing ??= CloseAsync();
        }

        await closing;
    }

    /// <summary>Called when the system reports that the network came or went.</summary>
    internal void OnNetworkChanged(bool isAvailable)
    {
        if (isAvailable && State.Status is not (ClientStatus.Idle or ClientStatus.Closed))
        {
            Reconnect();
        }
    }

    private async Task CloseAsync()
    {
        // Before the first await, so that nothing begins any more when DisposeAsync has returned its task.
        _outbox.Close();
        Task handlers = _dispatcher.StopAsync();
        await Task.Yield();
        NetworkChange.NetworkAvailabilityChanged -= _networkChanged;
        if (State.Status is not (ClientStatus.Idle or ClientStatus.Closed))
        {
            await Task.WhenAll(handlers, _outbox.WhenEmptyAsync())
                .WaitAsync(_options.CloseTimeout, _options.TimeProvider)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _dispatcher.Handlers.Complete();
        _dispatcher.Inbox.Flush();
        await _reconnector.StopAsync();
        _reconnector.Dispose();
        _watches.Dispose();
        await _outbox.DisposeAsync();
        _dispatcher.Dispose();
    }

    private void OnAcknowledged(OutboxEntry entry)
    {
        if (entry.Kind == OutboxKind.Join)
        {
            _rooms.Add(entry.Subject);
        }
    }

    private void OnRefused(OutboxEntry entry)
    {
        if (entry.Kind is OutboxKind.Join or OutboxKind.Restore)
        {
            _rooms.Remove(entry.Subject);
        }
    }

    private IDisposable Add<T>(string? name, Func<ReceivedEvent<T>, Task> handler, JsonTypeInfo<T>? json) =>
        Register(name, delivery => handler(new ReceivedEvent<T>(delivery, _codec.Read(delivery.Message.Data, json))));

    private IDisposable Add<T, TReply>(
        string name, Func<ReceivedEvent<T>, Task<TReply>> handler, JsonTypeInfo<T>? json, JsonTypeInfo<TReply>? replyJson) =>
        Register(name, async delivery =>
        {
            TReply reply = await handler(new ReceivedEvent<T>(delivery, _codec.Read(delivery.Message.Data, json)));
            if (delivery.Message.Reply)
            {
                delivery.Answer(_codec.Write(reply, replyJson));
            }
        });

    private IDisposable Register(string? name, Func<Delivery, Task> handler)
    {
        IDisposable registration = _dispatcher.Handlers.Add(name, handler);
        _dispatcher.TryUnhandled();
        return registration;
    }

    private IAsyncEnumerable<ReceivedEvent<T>> Read<T>(string? name, JsonTypeInfo<T>? json, CancellationToken cancellationToken)
    {
        EventQueue queue = _dispatcher.Handlers.Queue(name);
        _dispatcher.TryUnhandled();
        return ReadAsync(queue, json, cancellationToken);
    }

    private async IAsyncEnumerable<ReceivedEvent<T>> ReadAsync<T>(
        EventQueue queue, JsonTypeInfo<T>? json, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<Delivery> taken = [];
        try
        {
            while (await queue.NextAsync(cancellationToken) is { } delivery)
            {
                if (_dispatcher.Inbox.TryTake(delivery) && TryRead(delivery, json, out ReceivedEvent<T>? received))
                {
                    taken.RemoveAll(static earlier => earlier.IsSettled);
                    taken.Add(delivery);
                    ClientTelemetry.CountReceived(_options);
                    yield return received!;
                }
            }
        }
        finally
        {
            taken.ForEach(static delivery => delivery.Reject());
        }
    }

    private bool TryRead<T>(Delivery delivery, JsonTypeInfo<T>? json, out ReceivedEvent<T>? received)
    {
        try
        {
            received = new ReceivedEvent<T>(delivery, _codec.Read(delivery.Message.Data, json));
            return true;
        }
        catch (JsonException exception)
        {
            _dispatcher.TellFailure(delivery, exception);
            delivery.Reject();
            received = null;
            return false;
        }
    }

    private async Task<ServerMessage> SendAsync(string name, byte[] data, EmitSettings settings, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(settings);
        string id = settings.Id ?? References.Next();
        using ProcessActivity activity = ClientTelemetry.StartSend(_options, name);
        OutboxKind kind = settings.Volatile ? OutboxKind.Volatile : OutboxKind.Emit;
        OutboxEntry entry = new(kind, id, name, ClientMessages.Emit(name, data, settings, id, activity.Trace));
        try
        {
            ServerMessage ack = await _outbox.SendAsync(entry, cancellationToken);
            activity.Stored(ack.Id);
            return ack;
        }
        catch (Exception exception)
        {
            activity.Failed(exception);
            throw;
        }
    }

    private Task<ServerMessage> SendAsync(OutboxKind kind, string type, string room, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(room);
        string id = References.Next();
        return _outbox.SendAsync(new OutboxEntry(kind, id, room, ClientMessages.Room(type, room, id)), cancellationToken);
    }
}
