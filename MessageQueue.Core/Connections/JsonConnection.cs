using System.Buffers;
using System.Security.Claims;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Protocol.Parsing;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Transport;

namespace MessageQueue.Connections;

/// <summary>
/// One connection that speaks the JSON event protocol, between its transport and the apply loop. It dies with its connection; its session does not.
/// </summary>
/// <remarks>
/// The receive loop calls <see cref="AttachAsync"/>, then <see cref="OnMessageAsync"/>, then <see cref="OnClosedAsync"/>, one at a time.
/// The apply loop calls <see cref="OnApplied"/> and the members of <see cref="IReceiver"/>. Between them stand the command queue and the apply loop's inbox.
/// </remarks>
internal sealed class JsonConnection : IConnectionHandler, IReceiver, ICommandOrigin
{
    private readonly Broker _broker;
    private readonly IConnectionOutput _output;
    private readonly Throttle _throttle;
    private readonly ClientMessage _message = new();
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConnectionParameters _parameters;
    private readonly ClaimsPrincipal _user;
    private readonly MessageRate? _rate;
    private readonly ClientAnswers _answers;
    private readonly MessageLimits _limits;
    private ClientPermissions? _permissions;
    private ClientCommands? _commands;
    private SessionState? _session;
    private bool _isOnlyForKnown;

    public JsonConnection(Broker broker, IConnectionOutput output, ConnectionParameters parameters, MessageRate? rate = null, ClaimsPrincipal? user = null)
    {
        _user = user ?? new ClaimsPrincipal(new ClaimsIdentity());
        _broker = broker;
        _output = output;
        _parameters = parameters;
        _rate = rate;
        _answers = new ClientAnswers(broker, output, this);
        _limits = new MessageLimits(broker.Limits.MaxRoomsPerEmit, Math.Max(MessageLimits.LeastNumbers, broker.Limits.MaxWindow));
        _throttle = new Throttle(broker.Limits.MaxInboxCommands, broker.Limits.MaxInboxBytes);
    }

    /// <summary>Its place in its session; null before it is attached. Belongs to the apply loop.</summary>
    public ConnectionWindow? ConnectionWindow { get; private set; }

    /// <summary>Whether frames were written that were not flushed. Belongs to the apply loop.</summary>
    public bool IsTouched { get; set; }

    private bool IsAcknowledgement => _message.Type is ClientMessageType.Ack or ClientMessageType.Nack;

    /// <summary>
    /// Asks for the session and completes when it is durable and the welcome was written, or the connection is being closed because it cannot be had.
    /// </summary>
    public async Task AttachAsync()
    {
        foreach (string room in _parameters.Rooms)
        {
            if (!await _broker.AppPermissions.MayJoinAsync(_parameters.Namespace, _parameters.Session, room, _user).ConfigureAwait(false))
            {
                _output.Close(CloseCode.NotAllowed, "joining one of the rooms is not allowed");
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
            CloseUnattached();
        }
    }

    /// <inheritdoc />
    public async ValueTask OnMessageAsync(ReadOnlyMemory<byte> message)
    {
        if (_commands is null)
        {
            return;
        }

        bool isValid = MessageParser.TryParse(message, _limits, _message, out ProtocolError error);
        if (_rate is not null && !_rate.TryEnter())
        {
            // What is answered can be refused. Acknowledgements are not answered: they wait.
            if (!isValid || !IsAcknowledgement)
            {
                await RefuseAsync(new ProtocolError(ErrorCode.RateLimited, "too many messages in too short a time; this one was not handled")).ConfigureAwait(false);
                await _rate.WaitAsync().ConfigureAwait(false);
                return;
            }

            await _rate.EnterAsync().ConfigureAwait(false);
        }

        if (!isValid)
        {
            await RefuseAsync(error).ConfigureAwait(false);
        }
        else if (_message is { Type: ClientMessageType.Emit, To.Count: 0 })
        {
            await CallAsync().ConfigureAwait(false);
        }
        else if (_message is { Type: ClientMessageType.Emit, Volatile: false } && !_broker.HasRoom)
        {
            await RefuseAsync(new ProtocolError(ErrorCode.Unavailable, "the disk is full; nothing was stored")).ConfigureAwait(false);
        }
        else if (await _permissions!.FindRefusalAsync(_message).ConfigureAwait(false) is { } refusal)
        {
            await RefuseAsync(refusal).ConfigureAwait(false);
        }
        else if (IsAcknowledgement)
        {
            await AcknowledgeAsync().ConfigureAwait(false);
        }
        else
        {
            await SendAsync(_commands.Encode(_message, this)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public void OnDrained() => _broker.Post(ApplyInput.Drained(this));

    /// <inheritdoc />
    public async ValueTask OnClosedAsync()
    {
        TaskCompletionSource letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_broker.Post(ApplyInput.Closed(this, letGo)))
        {
            await letGo.Task.ConfigureAwait(false);
        }

        if (_session is not null)
        {
            _broker.Events.Disconnected(_session, _output.ClosedWith);
        }
    }

    /// <inheritdoc />
    public bool TryDeliver(StoredEvent storedEvent, int target, bool redelivered)
    {
        if (_output is IEventSink sink)
        {
            sink.Deliver(storedEvent, redelivered);
            return true;
        }

        bool written = _output.TryWrite(_broker.Loop.Frames.Get(storedEvent, target, redelivered));
        if (written)
        {
            _broker.ServerCounters.Delivered(redelivered);
            _broker.Loop.Touch(this);
        }

        return written;
    }

    /// <inheritdoc />
    public void Tell(in Gap gap)
    {
        (_output as IEventSink)?.Miss(gap);
        _answers.Gap(gap);
    }

    /// <inheritdoc />
    public void Close(int code, string reason) => _output.Close(code, reason);

    /// <summary>Begins to send what was written.</summary>
    public void Flush() => _output.Flush();

    /// <summary>The broker has let go of this connection: nobody waits for it any more.</summary>
    public void Abandon()
    {
        _attached.TrySetResult();
        _rate?.Abandon();
        // A message that waits for a handler to finish would wait for it in vain.
        _throttle.Close();
    }

    /// <summary>A handler's answer, as a frame's payload. Called on any thread.</summary>
    public void Answer(ReadOnlyMemory<byte> payload, int weight)
    {
        _throttle.Leave(1, weight);
        _broker.Post(ApplyInput.Answer(this, payload));
    }

    /// <summary>Writes an answer that <see cref="Answer(ReadOnlyMemory{byte}, int)"/> brought. Called by the apply loop.</summary>
    public void OnAnswer(ReadOnlySpan<byte> payload) => _answers.Write(payload);

    /// <summary>A command that needed no log was applied.</summary>
    public void Release(int weight)
    {
        _throttle.Leave(1, weight);
        _broker.Queue.Leave(1, weight);
    }

    /// <inheritdoc />
    public void OnApplied(in Command command, in Outcome outcome)
    {
        _throttle.Leave(1, command.Weight);
        switch (command.Kind)
        {
            case CommandKind.Attach:
                OnAttached(outcome);
                break;
            case CommandKind.Ping:
                _answers.Pong(command.Reference.Span);
                break;
            case CommandKind.Answer:
                _answers.Write(command.Payload.Span);
                break;
            case CommandKind.End:
                _answers.Acknowledge(command, outcome);
                _output.Close(CloseCode.SessionEnded, "the session was ended");
                break;
            default:
                _answers.Acknowledge(command, outcome);
                break;
        }
    }

    private void OnAttached(in Outcome outcome)
    {
        if (outcome.Session is { } session)
        {
            int window = Math.Min(_parameters.Window ?? _broker.Limits.DefaultWindow, _broker.Limits.MaxWindow);
            ConnectionWindow = new ConnectionWindow(this, window, _parameters.AcknowledgesAutomatically, _parameters.IsShared);
            _permissions = new ClientPermissions(_broker.AppPermissions, _parameters.Namespace, session.Name, _user);
            _commands = new ClientCommands(session, _broker.Limits, _broker.Events);
            _broker.Loop.FanOut.Attach(session, ConnectionWindow);
            _answers.Welcome(session, outcome.Resumed, window);
            _broker.Loop.Gaps.Tell(ConnectionWindow);
            _session = session;
            _broker.Events.Connected(session, _user);
        }
        else
        {
            (int code, string reason) = _isOnlyForKnown && outcome.Kind == OutcomeKind.UnknownSession
                ? (CloseCode.Overloaded, "the disk is full, so there is no room for a new session; try again later")
                : OutcomeErrors.CloseOf(outcome.Kind, _broker.Limits);
            _output.Close(code, reason);
        }

        _attached.TrySetResult();
    }

    // By way of the queue, so that a connection's answers come in the order of its messages, and a flood of bad ones is bounded like any other.
    private async ValueTask RefuseAsync(ProtocolError error)
    {
        _broker.ServerCounters.Refuse();
        ArrayBufferWriter<byte> answer = new(256);
        ServerMessages.WriteError(answer, error, _message.Reference.Span);
        await SendAsync(new Command(CommandKind.Answer, answer.WrittenMemory, this, default)).ConfigureAwait(false);
    }

    // Where the state refused the session, the connection is closing with that reason already.
    private void CloseUnattached()
    {
        if (_broker.Completion.IsFaulted)
        {
            _output.Close(CloseCode.ServerFailed, "the server failed");
        }
        else
        {
            _output.Close(CloseCode.GoingAway, "the server is stopping");
        }
    }

    private async ValueTask<bool> SendAsync(Command command)
    {
        return await EnterAsync(command.Weight).ConfigureAwait(false) && _broker.Queue.TryAdd(command);
    }

    private async ValueTask AcknowledgeAsync()
    {
        // A long list in parts, each of which waits for its turn like a message of its own.
        for (int first = 0; first == 0 || first < _message.Ids.Count; first += ApplyInput.MaxNumbers)
        {
            ApplyInput input = ApplyInput.Acknowledge(this, _message, first);
            if (!await EnterAsync(input.Weight).ConfigureAwait(false))
            {
                return;
            }

            _broker.Post(input);
        }
    }

    private async ValueTask CallAsync()
    {
        if (!_broker.Events.Handles(_parameters.Namespace, _message.Event.Span))
        {
            await RefuseAsync(new ProtocolError(ErrorCode.Unhandled, "no handler for this event; to reach others, say to which room in \"to\"")).ConfigureAwait(false);
            return;
        }

        HandlerCall call = new(this, _session!, _message, _user);
        if (await _throttle.EnterAsync(call.Weight).ConfigureAwait(false))
        {
            await _broker.Events.CallAsync(call).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> EnterAsync(int weight) =>
        await _throttle.EnterAsync(weight).ConfigureAwait(false) && await _broker.Queue.EnterAsync(weight).ConfigureAwait(false);
}
