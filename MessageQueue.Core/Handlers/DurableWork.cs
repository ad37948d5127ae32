using System.Text;
using MessageQueue.Protocol;
using MessageQueue.Routing;
using MessageQueue.Sessions;
using MessageQueue.Sessions.Records;
using MessageQueue.Transport;

namespace MessageQueue.Handlers;

/// <summary>
/// The durable handlers of one namespace. Their events are events like any other: stored, and owed to a session until it has acknowledged them. That session is the
/// server's own, and this is its client: it gets each event, runs the handler, and acknowledges. So what was not finished comes again after a crash.
/// </summary>
internal sealed class DurableWork(Namespace ns) : IConnectionOutput, IEventSink
{
    // Enough that sessions whose handlers take long do not soon stand in the way of others.
    private const int Window = 8192;

    private static readonly ReadOnlyMemory<byte>[] To = ["@"u8.ToArray()];

    private readonly byte[] _namespace = Encoding.UTF8.GetBytes(ns.Name);
    private readonly Lock _lock = new();
    private readonly HashSet<long> _running = [];
    private readonly List<StoredEvent> _orphans = [];
    private readonly DurableAnswers _answers = new();
    private readonly FinishedWork _finished = new();
    private Task? _attached;
    private Client? _client;
    private long _highest;
    private volatile bool _isStopping;

    /// <inheritdoc />
    public int ClosedWith { get; private set; }

    /// <summary>The server runs.</summary>
    public Task StartAsync() => ns.Handlers.HasDurable ? AttachAsync() : Task.CompletedTask;

    /// <summary>A handler was added: it may be the first durable one, or one that events wait for.</summary>
    public void HandlersChanged()
    {
        if (ns.Hub.Commands.IsStarted && ns.Handlers.HasDurable)
        {
            _ = AttachAsync();
            ns.Hub.Commands.Broker.Post(ApplyInput.Call(_ => AdoptOrphans()));
        }
    }

    /// <summary>A client's event: stored first. Completes when it is on its way.</summary>
    public async ValueTask AcceptAsync(ClientCall call)
    {
        await AttachAsync().ConfigureAwait(false);
        Broker broker = ns.Hub.Commands.Broker;
        if (!broker.HasRoom)
        {
            call.Refuse(new ProtocolError(ErrorCode.Unavailable, "the disk is full; nothing was stored"));
            return;
        }

        byte[] record = new EmitRecord
        {
            Namespace = _namespace,
            SenderId = call.Session.Id,
            From = call.Session.AddressUtf8,
            Reference = call.Reference.Span,
            Event = call.Event.Span,
            Data = call.Data.Span,
            To = To,
        }.Encode();
        Command command = new(CommandKind.Emit, record, new DurableCall(this, call), default);
        if (await broker.Queue.EnterAsync(command.Weight).ConfigureAwait(false))
        {
            broker.Queue.TryAdd(command);
        }
    }

    /// <summary>The event was applied. Called by the apply loop.</summary>
    public void Stored(ClientCall call, in Outcome outcome)
    {
        long number = outcome.EventId;
        switch (outcome.Kind)
        {
            case OutcomeKind.Applied:
                _answers.Wait(number, call, duplicate: false);
                break;
            case OutcomeKind.Duplicate when _running.Contains(number) || (number > _highest && _client!.Consumer?.Subscription is not { IsCaughtUp: true }):
                _answers.Wait(number, call, duplicate: true);
                break;
            case OutcomeKind.Duplicate:
                _answers.Repeat(number, call);
                break;
            default:
                call.Refuse(new ProtocolError(ErrorCode.Unavailable, "the event could not be stored; try again"));
                break;
        }
    }

    /// <inheritdoc />
    public void Deliver(StoredEvent storedEvent, bool redelivered)
    {
        _highest = Math.Max(_highest, storedEvent.Sequence);
        _running.Add(storedEvent.Sequence);
        Dispatch(storedEvent, redelivered);
    }

    /// <summary>Begins nothing more. What has begun goes on.</summary>
    public void Stop() => _isStopping = true;

    /// <summary>Leaves the session. To be called when the handlers have run.</summary>
    public async Task CloseAsync()
    {
        if (_client is { } client)
        {
            await _finished.StopAsync().ConfigureAwait(false);
            await client.OnClosedAsync().ConfigureAwait(false);
        }
    }

    bool IConnectionOutput.TryWrite(ReadOnlySpan<byte> frame) => true;

    void IConnectionOutput.Write(ReadOnlySpan<byte> frame)
    {
    }

    void IConnectionOutput.Flush()
    {
    }

    void IConnectionOutput.Close(int code, string reason) => ClosedWith = code;

    private Task AttachAsync()
    {
        lock (_lock)
        {
            return _attached ??= AttachOnceAsync();
        }
    }

    private async Task AttachOnceAsync()
    {
        ConnectionParameters parameters = new() { Namespace = ns.Name, Session = ServersOwn.Handlers, Window = Window };
        _client = new Client(ns.Hub.Commands.Broker, this, parameters);
        _finished.Start(_client);
        await _client.AttachAsync().ConfigureAwait(false);
    }

    private void Dispatch(StoredEvent storedEvent, bool redelivered)
    {
        string name = Encoding.UTF8.GetString(storedEvent.Event.Span);
        if (ns.Handlers.Find(name) is not { } handler)
        {
            _orphans.Add(storedEvent);
            HandlersLog.HandlerMissing(ns.Hub.Logger, storedEvent.Sequence, name, ns.Name);
            return;
        }

        ReceivedEvent received = ReceivedEvent.Of(ns.Hub.Json, storedEvent, redelivered);
        Session session = SenderOf(storedEvent);
        session.Enqueue(async () =>
        {
            if (!_isStopping)
            {
                CallOutcome outcome = await ns.Hub.Runner.RunAsync(handler, session, received).ConfigureAwait(false);
                Finish(storedEvent.Sequence, outcome);
            }
        });
    }

    // By way of the apply loop, which by then knows who waits for the answer.
    private void Finish(long number, CallOutcome outcome)
    {
        _finished.Add(number);
        ns.Hub.Commands.Broker.Post(ApplyInput.Call(_ =>
        {
            _running.Remove(number);
            _answers.Finish(number, outcome);
        }));
    }

    private void AdoptOrphans()
    {
        StoredEvent[] orphans = [.. _orphans];
        _orphans.Clear();
        foreach (StoredEvent orphan in orphans)
        {
            Dispatch(orphan, redelivered: true);
        }
    }

    private Session SenderOf(StoredEvent storedEvent) => ns.Hub.Commands.Broker.Loop.State.Sessions.TryGetValue(storedEvent.SenderId, out SessionState? session)
        ? ns.Hub.SessionOf(session)
        : ns.Hub.SessionOf(ns, storedEvent.SenderId, Encoding.UTF8.GetString(storedEvent.From.Span));
}
