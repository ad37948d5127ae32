using System.Security.Claims;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Tokens;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Connections;

/// <summary>
/// The requests of a connection of any dialect, and the route of their answers. It checks permissions, enforces the connection's limits,
/// and turns requests into commands. It ends with its connection; its session does not.
/// </summary>
/// <remarks>
/// The dialect calls <see cref="AttachAsync"/>, then <see cref="RequestAsync"/> and <see cref="RejectAsync"/>, then
/// <see cref="CloseAsync"/>, one at a time. A dialect that reads no further until a call completes slows down its own client, and nobody
/// else. The apply loop calls <see cref="OnApplied"/>. The command queue and the apply loop's inputs are between the two. One socket may
/// carry several client connections.
/// </remarks>
internal sealed class ClientConnection : ICommandOrigin
{
    private readonly ConnectionServices _services;
    private readonly Broker _broker;
    private readonly IConnection _connection;
    private readonly string _namespace;
    private readonly MessageRate? _rate;
    private readonly Throttle _throttle;
    private readonly TokenLease? _token;

    // Only until it is attached, because most connections are idle from then on.
    private ConnectionParameters? _parameters;
    private TaskCompletionSource? _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AcknowledgementStep? _one;
    private AcknowledgementStep? _upTo;
    private ClientPermissions? _permissions;
    private ClientCommands? _commands;
    private ClaimsPrincipal _user;
    private ConnectingClient? _connecting;
    private SessionState? _session;
    private bool _isOnlyForKnown;

    /// <param name="services">The shared services of the server.</param>
    /// <param name="connection">The connection to write to.</param>
    /// <param name="parameters">The client's parameters, which were already authorized.</param>
    /// <param name="rate">The rate limit; null for no limit.</param>
    /// <param name="user">The user; null for none.</param>
    /// <param name="handshake">What the client said, for the app's handlers; null where nobody asks for it.</param>
    /// <param name="grant">What its token allows; null where the app's delegates decide.</param>
    public ClientConnection(
        ConnectionServices services, IConnection connection, ConnectionParameters parameters, MessageRate? rate = null,
        ClaimsPrincipal? user = null, Handshake? handshake = null, TokenGrant? grant = null)
    {
        _services = services;
        _broker = services.Broker;
        _connection = connection;
        _parameters = parameters;
        _namespace = parameters.Namespace;
        _rate = rate;
        _user = grant?.User ?? user ?? new ClaimsPrincipal(new ClaimsIdentity());
        _connecting = new ConnectingClient(parameters.Namespace, parameters.Session, _user, handshake ?? Handshake.Empty);
        _throttle = new Throttle(_broker.Limits.MaxInboxCommands, _broker.Limits.MaxInboxBytes);
        _token = grant is null ? null : new TokenLease(services.Tokens!, _broker, connection, grant);
    }

    /// <summary>Its window in its session; null before it is attached. For the apply loop only.</summary>
    public ConnectionWindow? ConnectionWindow { get; private set; }

    /// <summary>
    /// Attaches to the session. Completes when that is durable and the welcome was written, or when the connection is being closed because
    /// it cannot have the session.
    /// </summary>
    public async Task AttachAsync()
    {
        if (PresenceCommands.FindRefusal(_parameters!, _broker.Limits.Presence) is { } refusal)
        {
            _connection.Close(refusal);
            return;
        }

        // The limits and the app's middlewares do not apply to the server's own sessions: without them no durable handler would run, and
        // nothing would try again.
        ConnectingClient client = _connecting!;
        bool isServersOwn = _parameters!.Session is { } named && ServerSessions.IsName(named);
        try
        {
            if (isServersOwn || await IsAdmittedAsync(client).ConfigureAwait(false))
            {
                await AttachAdmittedAsync(isServersOwn).ConfigureAwait(false);
            }
        }
        finally
        {
            if (!isServersOwn)
            {
                _services.Events.Settled(client);
            }
        }
    }

    /// <summary>
    /// Takes a request. Its memory belongs to the caller again when the task completes. The answer comes later, in the order of the
    /// requests. Ignored before the connection is attached.
    /// </summary>
    public ValueTask RequestAsync(ClientRequest request)
    {
        if (_commands is null)
        {
            return ValueTask.CompletedTask;
        }

        // Nearly all requests are such emits, and wait for nothing. Each asynchronous method on their way would cost as much as a lock.
        bool isPlainEmit = request is { Type: ClientRequestType.Emit, To.Count: > 0 }
            && _rate is null && _services.Permissions.EveryoneMayEmit && (request.Volatile || _broker.HasRoom);
        return isPlainEmit ? WithoutResult(SendAsync(_commands.Encode(request, this))) : CheckAndSendAsync(request);
    }

    /// <summary>Refuses a request that the codec could not read, in its place among the others. It counts as a request.</summary>
    /// <param name="error">What is wrong with it.</param>
    /// <param name="reference">The client's own reference, if it could be read.</param>
    public ValueTask RejectAsync(ProtocolError error, ReadOnlyMemory<byte> reference) =>
        _commands is null ? ValueTask.CompletedTask
        : _rate?.TryEnter() == false ? RefuseTooFastAsync(reference)
        : RefuseAsync(error, reference);

    /// <summary>Reports that the output that refused an event has room again. Called on any thread; does not block.</summary>
    public void OnDrained() => _broker.Post(ApplyInput.Once(loop =>
    {
        if (ConnectionWindow is { } window)
        {
            loop.Drained(window);
        }
    }));

    /// <summary>
    /// Detaches the connection after it has ended; call it once. When the task completes, the apply loop does not use the connection any
    /// more.
    /// </summary>
    public async ValueTask CloseAsync()
    {
        _token?.Dispose();
        DetachStep detach = new(this);
        if (_broker.Post(new ApplyInput(detach)))
        {
            await detach.Done.ConfigureAwait(false);
        }

        if (_session is not null)
        {
            _services.Events.Disconnected(_session, _connection.ClosedWith);
        }
    }

    /// <summary>Releases everybody who waits for this connection, because the server is ending. Called on any thread.</summary>
    public void Abandon()
    {
        _attached?.TrySetResult();
        _rate?.Abandon();
        // A request that waits for a handler to finish would wait in vain.
        _throttle.Close();
    }

    /// <summary>Sends the answer of a handler's call. Called on any thread.</summary>
    public void Answer(HandlerCall call)
    {
        Leave(call.Weight);
        _broker.Post(new ApplyInput(call));
    }

    /// <summary>Releases the room of one of its requests.</summary>
    public void Leave(int weight) => _throttle.Leave(1, weight);

    /// <summary>Releases the room, in the limit of all connections, of a request that did not go through the command queue.</summary>
    public void LeaveQueue(int weight) => _broker.Queue.Leave(1, weight);

    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome)
    {
        Leave(command.Weight);
        ReadOnlySpan<byte> reference = command.Reference.Span;
        if (command.Kind == CommandKind.Attach)
        {
            OnAttached(outcome);
        }
        else if (command.Kind == CommandKind.Ping)
        {
            _connection.Pong(reference);
        }
        else if (outcome.Kind is OutcomeKind.UnknownSession or OutcomeKind.TooManyRooms or OutcomeKind.TooManyLeftRooms)
        {
            ProtocolError error = OutcomeErrors.Of(outcome.Kind, _broker.Limits);
            LogRefusal(error, command.Reference);
            _connection.Refused(error, reference);
        }
        else if (PresenceCommands.Has(command.Kind))
        {
            PresenceCommands.Apply(_broker, ConnectionWindow!, _namespace, command);
        }
        else
        {
            long? id = outcome.EventId == 0 ? null : outcome.EventId;
            _connection.Acknowledged(reference, id, default, outcome.Kind == OutcomeKind.Duplicate);
        }
    }

    private async ValueTask CheckAndSendAsync(ClientRequest request)
    {
        bool isAcknowledgement = request.Type is ClientRequestType.Ack or ClientRequestType.Nack;
        if (_rate is not null && !_rate.TryEnter())
        {
            // A request that gets an answer can be refused. Acknowledgements get no answer, so they wait.
            if (!isAcknowledgement)
            {
                await RefuseTooFastAsync(request.Reference).ConfigureAwait(false);
                return;
            }

            await _rate.EnterAsync().ConfigureAwait(false);
        }

        if (request is { Type: ClientRequestType.Emit, To.Count: 0 })
        {
            await CallAsync(request).ConfigureAwait(false);
        }
        else if (request is { Type: ClientRequestType.Emit, Volatile: false } && !_broker.HasRoom)
        {
            await RefuseAsync(RequestErrors.DiskFull, request.Reference).ConfigureAwait(false);
        }
        else if (await _permissions!.FindRefusalAsync(request).ConfigureAwait(false) is { } refusal)
        {
            await RefuseAsync(refusal, request.Reference).ConfigureAwait(false);
        }
        else if (isAcknowledgement)
        {
            await AcknowledgeAsync(request).ConfigureAwait(false);
        }
        else
        {
            await SendAsync(_commands!.Encode(request, this)).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> IsAdmittedAsync(ConnectingClient client)
    {
        ValueTask<CloseReason?> admitting = _services.Events.AdmitAsync(client);
        CloseReason? refusal = admitting.IsCompletedSuccessfully
            ? admitting.Result
            : await AdmittedOrAbandonedAsync(admitting.AsTask()).ConfigureAwait(false);
        if (refusal is not null)
        {
            _broker.ServerCounters.Refuse();
            _connection.Close(refusal);
            return false;
        }

        _user = client.User;
        bool mayJoin = _token is null
            ? await MayJoinAsync().ConfigureAwait(false)
            : _token.Grant.MayEnter(_parameters!.Rooms, _parameters.Watches);
        if (!mayJoin)
        {
            _connection.Close(CloseReason.RoomNotAllowed);
        }

        return mayJoin;
    }

    private async ValueTask<bool> MayJoinAsync()
    {
        foreach (string room in _parameters!.Rooms.Union(_parameters.Watches, StringComparer.Ordinal))
        {
            if (!await _services.Permissions.MayJoinAsync(_namespace, _parameters.Session, room, _user).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    // A middleware that never finishes does not keep the server from stopping.
    private async Task<CloseReason?> AdmittedOrAbandonedAsync(Task<CloseReason?> admitting)
    {
        await Task.WhenAny(admitting, _attached!.Task).ConfigureAwait(false);
        return admitting.IsCompleted ? await admitting.ConfigureAwait(false) : CloseReason.ServerStopping;
    }

    private async Task AttachAdmittedAsync(bool isServersOwn)
    {
        _isOnlyForKnown = !isServersOwn && !_broker.HasRoom;
        ConnectionParameters parameters = _parameters!;
        byte[] record = new AttachRecord
        {
            Namespace = _namespace,
            Session = parameters.Session ?? SessionAddress.NewAnonymousName(),
            MustExist = parameters.IsAnonymousResume || _isOnlyForKnown,
            MaxSessions = isServersOwn ? int.MaxValue : _broker.Limits.MaxSessions,
            MaxRooms = _broker.Limits.MaxRoomsPerSession,
            From = parameters.IsFromAll ? 0 : parameters.FromLast is { } last ? AttachRecord.FromLast(last) : parameters.From ?? -1,
            Rooms = parameters.Rooms,
        }.Encode();
        if (await SendAsync(new Command(CommandKind.Attach, record, this, default)).ConfigureAwait(false))
        {
            await _attached!.Task.ConfigureAwait(false);
        }

        _attached = null;

        if (_commands is null)
        {
            // If the state refused the session, the connection is already closing with that reason.
            _connection.Close(_broker.Completion.IsFaulted ? CloseReason.ServerFailed : CloseReason.ServerStopping);
        }
    }

    private void OnAttached(in Outcome outcome)
    {
        ConnectionParameters parameters = _parameters!;
        _parameters = null;
        if (outcome.Session is { } session)
        {
            int window = Math.Min(parameters.Window ?? _broker.Limits.DefaultWindow, _broker.Limits.MaxWindow);
            ConnectionWindow = new ConnectionWindow(_connection, window, parameters.AcknowledgesAutomatically, parameters.IsShared);
            _permissions = new ClientPermissions(_services.Permissions, _token, _namespace, session.Name, _user);
            _commands = new ClientCommands(session, _broker.Limits, _services.Events);
            PresenceCommands.Attach(_broker, session, ConnectionWindow, parameters, outcome.Resumed);
            _session = session;
            _services.Events.Connected(session, _connecting!);
            _connecting = null;
            _token?.Start();
        }
        else
        {
            _connection.Close(_isOnlyForKnown && outcome.Kind == OutcomeKind.UnknownSession
                ? CloseReason.DiskFull
                : OutcomeErrors.CloseOf(outcome.Kind, _broker.Limits));
        }

        _attached?.TrySetResult();
    }

    private async ValueTask RefuseTooFastAsync(ReadOnlyMemory<byte> reference)
    {
        await RefuseAsync(RequestErrors.TooFast, reference).ConfigureAwait(false);
        await _rate!.WaitAsync().ConfigureAwait(false);
    }

    // Through the queue, so that a connection's answers come in the order of its requests, and a flood of bad requests is bounded like any
    // other.
    private async ValueTask RefuseAsync(ProtocolError error, ReadOnlyMemory<byte> reference)
    {
        _broker.ServerCounters.Refuse();
        LogRefusal(error, reference);
        Refusal refusal = new(this, _connection, error);
        await SendAsync(new Command(CommandKind.Refuse, default, refusal, reference.ToArray())).ConfigureAwait(false);
    }

    private void LogRefusal(ProtocolError error, ReadOnlyMemory<byte> reference)
    {
        ILogger logger = _broker.Loop.Logger;
        if (logger.IsEnabled(LogLevel.Debug))
        {
            string text = Encoding.UTF8.GetString(reference.Span);
            DeliveryLog.RequestRefused(logger, text, _session?.Address ?? "", _namespace, error.Code, error.Message);
        }
    }

    private ValueTask<bool> SendAsync(in Command command)
    {
        ValueTask<bool> entering = EnterAsync(command.Weight);
        return entering.IsCompletedSuccessfully
            ? ValueTask.FromResult(entering.Result && _broker.Queue.TryAdd(command))
            : SendLaterAsync(entering, command);
    }

    private async ValueTask<bool> SendLaterAsync(ValueTask<bool> entering, Command command) =>
        await entering.ConfigureAwait(false) && _broker.Queue.TryAdd(command);

    private async ValueTask AcknowledgeAsync(ClientRequest request)
    {
        // A long list goes in parts. Each part waits for its turn like a separate request.
        for (int first = 0; first == 0 || first < request.Ids.Count; first += AcknowledgementStep.MaxNumbers)
        {
            (AcknowledgementStep step, long number) = request switch
            {
                { Type: ClientRequestType.Ack, UpTo: long upTo } => (_upTo ??= AcknowledgementStep.ForUpTo(this), upTo),
                { Type: ClientRequestType.Ack, Ids: [long id], Data.IsEmpty: true } => (_one ??= AcknowledgementStep.ForOne(this), id),
                _ => (AcknowledgementStep.For(this, request, first), request.Ids[first]),
            };
            if (!await EnterAsync(step.Weight).ConfigureAwait(false))
            {
                return;
            }

            _broker.Post(new ApplyInput(step, number));
        }
    }

    private async ValueTask CallAsync(ClientRequest request)
    {
        if (!_services.Events.Handles(_namespace, request.Event.Span))
        {
            await RefuseAsync(RequestErrors.Unhandled, request.Reference).ConfigureAwait(false);
            return;
        }

        HandlerCall call = new(this, _connection, _session!, request, _permissions!.User);
        if (await _throttle.EnterAsync(call.Weight).ConfigureAwait(false))
        {
            await _services.Events.CallAsync(call).ConfigureAwait(false);
        }
    }

    // The connection's own room first, then that of all connections.
    private ValueTask<bool> EnterAsync(int weight)
    {
        ValueTask<bool> own = _throttle.EnterAsync(weight);
        return !own.IsCompletedSuccessfully ? EnterLaterAsync(own, weight)
            : own.Result ? _broker.Queue.EnterAsync(weight)
            : ValueTask.FromResult(false);
    }

    private async ValueTask<bool> EnterLaterAsync(ValueTask<bool> own, int weight) =>
        await own.ConfigureAwait(false) && await _broker.Queue.EnterAsync(weight).ConfigureAwait(false);

    private static ValueTask WithoutResult(ValueTask<bool> sending) =>
        sending.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(sending.AsTask());
}
