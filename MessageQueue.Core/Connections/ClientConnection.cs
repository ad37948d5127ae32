using System.Security.Claims;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Connections;

/// <summary>
/// What a connection of any dialect can ask, and the route of the answers. It asks the permissions, holds the connection to its limits, and
/// turns requests into commands. It dies with its connection; its session does not.
/// </summary>
/// <remarks>
/// The dialect calls <see cref="AttachAsync"/>, then <see cref="RequestAsync"/> and <see cref="RejectAsync"/>, then
/// <see cref="CloseAsync"/>, one at a time: a dialect that reads no further until a call completes holds back its own client, and nobody
/// else. The apply loop calls <see cref="OnApplied"/>. Between them stand the command queue and the apply loop's inputs. One socket may
/// carry several of these.
/// </remarks>
internal sealed class ClientConnection : ICommandOrigin
{
    private readonly ConnectionServices _services;
    private readonly Broker _broker;
    private readonly IConnection _connection;
    private readonly ConnectionParameters _parameters;
    private readonly MessageRate? _rate;
    private readonly ClaimsPrincipal _user;
    private readonly Throttle _throttle;
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AcknowledgementStep? _one;
    private AcknowledgementStep? _upTo;
    private ClientPermissions? _permissions;
    private ClientCommands? _commands;
    private SessionState? _session;
    private bool _isOnlyForKnown;

    /// <param name="services">The server's.</param>
    /// <param name="connection">Who is told.</param>
    /// <param name="parameters">What the client connects with; it may connect.</param>
    /// <param name="rate">How fast it may send; null for no limit.</param>
    /// <param name="user">Who it is; null for nobody.</param>
    public ClientConnection(
        ConnectionServices services, IConnection connection, ConnectionParameters parameters, MessageRate? rate = null, ClaimsPrincipal? user = null)
    {
        _services = services;
        _broker = services.Broker;
        _connection = connection;
        _parameters = parameters;
        _rate = rate;
        _user = user ?? new ClaimsPrincipal(new ClaimsIdentity());
        _throttle = new Throttle(_broker.Limits.MaxInboxCommands, _broker.Limits.MaxInboxBytes);
    }

    /// <summary>Its place in its session; null before it is attached. Belongs to the apply loop.</summary>
    public ConnectionWindow? ConnectionWindow { get; private set; }

    /// <summary>
    /// Asks for the session and completes when it is durable and the connection was welcomed, or is being closed because the session cannot
    /// be had.
    /// </summary>
    public async Task AttachAsync()
    {
        foreach (string room in _parameters.Rooms)
        {
            if (!await _services.Permissions.MayJoinAsync(_parameters.Namespace, _parameters.Session, room, _user).ConfigureAwait(false))
            {
                _connection.Close(CloseReason.RoomNotAllowed);
                return;
            }
        }

        // The server's own are none of those that limits are for: without them no durable handler runs, and nothing would ask for it again.
        bool isServersOwn = _parameters.Session is { } named && ServerSessions.IsName(named);
        _isOnlyForKnown = !isServersOwn && !_broker.HasRoom;
        byte[] record = new AttachRecord
        {
            Namespace = _parameters.Namespace,
            Session = _parameters.Session ?? SessionAddress.NewAnonymousName(),
            MustExist = _parameters.IsAnonymousResume || _isOnlyForKnown,
            MaxSessions = isServersOwn ? int.MaxValue : _broker.Limits.MaxSessions,
            MaxRooms = _broker.Limits.MaxRoomsPerSession,
            From = _parameters.IsFromAll ? 0 : _parameters.FromLast is { } last ? AttachRecord.FromLast(last) : _parameters.From ?? -1,
            Rooms = _parameters.Rooms,
        }.Encode();
        if (await SendAsync(new Command(CommandKind.Attach, record, this, default)).ConfigureAwait(false))
        {
            await _attached.Task.ConfigureAwait(false);
        }

        if (_commands is null)
        {
            // Where the state refused the session, the connection is closing with that reason already.
            _connection.Close(_broker.Completion.IsFaulted ? CloseReason.ServerFailed : CloseReason.ServerStopping);
        }
    }

    /// <summary>
    /// Takes a request, which is the caller's again when the task completes. It is answered later, in its place among the others. Ignored
    /// while there is no session.
    /// </summary>
    public async ValueTask RequestAsync(ClientRequest request)
    {
        if (_commands is null)
        {
            return;
        }

        bool isAcknowledgement = request.Type is ClientRequestType.Ack or ClientRequestType.Nack;
        if (_rate is not null && !_rate.TryEnter())
        {
            // What is answered can be refused. Acknowledgements are not answered: they wait.
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
            await SendAsync(_commands.Encode(request, this)).ConfigureAwait(false);
        }
    }

    /// <summary>Refuses what the codec could not read, in its place among the requests. It counts as one.</summary>
    /// <param name="error">What was wrong.</param>
    /// <param name="reference">The client's own reference, where it could be read.</param>
    public ValueTask RejectAsync(ProtocolError error, ReadOnlyMemory<byte> reference) =>
        _commands is null ? ValueTask.CompletedTask
        : _rate?.TryEnter() == false ? RefuseTooFastAsync(reference)
        : RefuseAsync(error, reference);

    /// <summary>The output that refused an event has room again. Called on any thread; does not block.</summary>
    public void OnDrained() => _broker.Post(ApplyInput.Once(loop =>
    {
        if (ConnectionWindow is { } window)
        {
            loop.FanOut.Drained(window);
        }
    }));

    /// <summary>
    /// The connection is over; to be called once. When the task completes, the apply loop tells the connection nothing any more.
    /// </summary>
    public async ValueTask CloseAsync()
    {
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

    /// <summary>The server is ending: nobody waits for this connection any more. Called on any thread.</summary>
    public void Abandon()
    {
        _attached.TrySetResult();
        _rate?.Abandon();
        // A request that waits for a handler to finish would wait for it in vain.
        _throttle.Close();
    }

    /// <summary>A handler was done with a call. Called on any thread.</summary>
    public void Answer(HandlerCall call)
    {
        Leave(call.Weight);
        _broker.Post(new ApplyInput(call));
    }

    /// <summary>One of its requests is not under way any more.</summary>
    public void Leave(int weight) => _throttle.Leave(1, weight);

    /// <summary>A request that went past the command queue has left what bounds all connections.</summary>
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
            _connection.Refused(OutcomeErrors.Of(outcome.Kind, _broker.Limits), reference);
        }
        else
        {
            _connection.Acknowledged(reference, outcome.EventId == 0 ? null : outcome.EventId, default, outcome.Kind == OutcomeKind.Duplicate);
        }
    }

    private void OnAttached(in Outcome outcome)
    {
        if (outcome.Session is { } session)
        {
            int window = Math.Min(_parameters.Window ?? _broker.Limits.DefaultWindow, _broker.Limits.MaxWindow);
            ConnectionWindow = new ConnectionWindow(_connection, window, _parameters.AcknowledgesAutomatically, _parameters.IsShared);
            _permissions = new ClientPermissions(_services.Permissions, _parameters.Namespace, session.Name, _user);
            _commands = new ClientCommands(session, _broker.Limits, _services.Events);
            _broker.Loop.Attach(session, ConnectionWindow, outcome.Resumed);
            _session = session;
            _services.Events.Connected(session, _user);
        }
        else
        {
            _connection.Close(_isOnlyForKnown && outcome.Kind == OutcomeKind.UnknownSession
                ? CloseReason.DiskFull
                : OutcomeErrors.CloseOf(outcome.Kind, _broker.Limits));
        }

        _attached.TrySetResult();
    }

    private async ValueTask RefuseTooFastAsync(ReadOnlyMemory<byte> reference)
    {
        await RefuseAsync(RequestErrors.TooFast, reference).ConfigureAwait(false);
        await _rate!.WaitAsync().ConfigureAwait(false);
    }

    // By way of the queue, so that a connection's answers come in the order of its requests, and a flood of bad ones is bounded like any
    // other.
    private async ValueTask RefuseAsync(ProtocolError error, ReadOnlyMemory<byte> reference)
    {
        _broker.ServerCounters.Refuse();
        Refusal refusal = new(this, _connection, error);
        await SendAsync(new Command(CommandKind.Refuse, default, refusal, reference.ToArray())).ConfigureAwait(false);
    }

    private async ValueTask<bool> SendAsync(Command command)
    {
        return await EnterAsync(command.Weight).ConfigureAwait(false) && _broker.Queue.TryAdd(command);
    }

    private async ValueTask AcknowledgeAsync(ClientRequest request)
    {
        // A long list in parts, each of which waits for its turn like a request of its own.
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
        if (!_services.Events.Handles(_parameters.Namespace, request.Event.Span))
        {
            await RefuseAsync(RequestErrors.Unhandled, request.Reference).ConfigureAwait(false);
            return;
        }

        HandlerCall call = new(this, _connection, _session!, request, _user);
        if (await _throttle.EnterAsync(call.Weight).ConfigureAwait(false))
        {
            await _services.Events.CallAsync(call).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> EnterAsync(int weight) =>
        await _throttle.EnterAsync(weight).ConfigureAwait(false) && await _broker.Queue.EnterAsync(weight).ConfigureAwait(false);
}
