using System.Security.Claims;
using System.Text;
using MessageQueue.Commands;
using MessageQueue.Connections;
using MessageQueue.Delivery;
using MessageQueue.Diagnostics;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;
using MessageQueue.State.Records;

namespace MessageQueue.Handlers.Durable;

/// <summary>
/// Runs the durable handlers of one namespace. Their events are stored like any others, and are pending for a session until it has
/// acknowledged them. That session is the server's own, and this is its client: it gets each event, runs the handler, and acknowledges. So
/// an event that was not finished comes again after a crash.
/// </summary>
internal sealed class DurableHandlers(Namespace ns) : InProcessConnection(ns, ServerSessions.Handlers, Window)
{
    // Large, so that sessions with slow handlers do not use all of it and block the events of other sessions.
    private const int Window = 8192;

    private static readonly ReadOnlyMemory<byte>[] To = ["@"u8.ToArray()];

    private readonly byte[] _namespace = Encoding.UTF8.GetBytes(ns.Name);
    private readonly Dictionary<long, DurableEvent> _unfinished = [];
    private readonly HashSet<long> _leftOverSenders = [];
    private readonly List<DurableEvent> _orphans = [];
    private readonly DurableAnswers _answers = new(ns.HandlerHost.Answers);
    private long _highest;
    private long _ownSession;
    private volatile bool _isStopping;

    /// <summary>Begins to receive events, if there are durable handlers. Called when the server starts.</summary>
    public Task StartAsync() => Namespace.Handlers.HasDurable ? AttachAsync() : Task.CompletedTask;

    /// <summary>
    /// Updates after a handler was added: it may be the first durable one, or events may already wait for it.
    /// </summary>
    public void HandlersChanged()
    {
        if (Namespace.HandlerHost.Commands.IsStarted && Namespace.Handlers.HasDurable)
        {
            _ = AttachAsync();
            Namespace.HandlerHost.Commands.Broker.Post(ApplyInput.Call(_ => AdoptOrphans()));
        }
    }

    /// <summary>Stores a client's event before it is handled. Completes when the event is on its way to the log.</summary>
    public async ValueTask AcceptAsync(HandlerCall call)
    {
        await AttachAsync().ConfigureAwait(false);
        Broker broker = Namespace.HandlerHost.Commands.Broker;
        if (!broker.HasRoom)
        {
            call.Refuse(RequestErrors.DiskFull);
            return;
        }

        bool isUserKept = Namespace.HandlerHost.Users.TryEncode(call.User, out ReadOnlyMemory<byte> user);
        byte[] record = new EmitRecord
        {
            Namespace = _namespace,
            SenderId = call.Session.Id,
            From = call.Session.AddressUtf8,
            Reference = call.Reference.Span,
            Event = call.Event.Span,
            Data = call.Data.Json.Span,
            HasSeveralArguments = call.Data.HasSeveralArguments,
            To = To,
            Except = default,
            TimeToLive = 0,
            ExpectsReply = false,
            IsObserved = false,
            User = user.Span,
            IsUserLeftOut = !isUserKept,
            IsOwnKey = false,
            Cause = default,
            Trace = call.Trace.Span,
        }.Encode();
        Command command = new(CommandKind.Emit, record, new DurableCall(this, call), default);
        if (await broker.Queue.EnterAsync(command.Weight).ConfigureAwait(false))
        {
            broker.Queue.TryAdd(command);
        }
    }

    /// <summary>Answers a call whose event was applied, or adds it to those that wait for the result. Called by the apply loop.</summary>
    public void Stored(HandlerCall call, in Outcome outcome)
    {
        long number = outcome.EventId;
        switch (outcome.Kind)
        {
            case OutcomeKind.Applied:
                _answers.Wait(number, call, duplicate: false);
                break;
            // An event that has not been delivered yet is unfinished too.
            case OutcomeKind.Duplicate when _unfinished.ContainsKey(number)
                || (number > _highest && Client!.ConnectionWindow?.SessionDelivery is not { IsCaughtUp: true }):
                _answers.Wait(number, call, duplicate: true);
                break;
            case OutcomeKind.Duplicate:
                _answers.Repeat(number, call);
                break;
            default:
                call.Refuse(RequestErrors.NotStored);
                break;
        }
    }

    /// <inheritdoc />
    protected override void Deliver(StoredEvent storedEvent, bool redelivered)
    {
        _highest = Math.Max(_highest, storedEvent.Sequence);
        SessionState own = Client!.ConnectionWindow!.SessionDelivery!.Session;
        _ownSession = own.Id;
        int starts = own.Handled?.StartsOf(storedEvent.Sequence) ?? 0;
        DurableEvent work = new(storedEvent, redelivered, starts);
        _unfinished.Add(storedEvent.Sequence, work);
        Dispatch(work);
    }

    /// <summary>
    /// Moves an unfinished event to the dead letters, no matter whether its handler runs, waits or is missing. Returns false if there is no
    /// unfinished event with this number, or if the server is stopping.
    /// </summary>
    public async Task<bool> SkipAsync(long number, CancellationToken cancellationToken)
    {
        DurableEvent? work = await Namespace.HandlerHost.Commands
            .AskAsync(_ => _unfinished.GetValueOrDefault(number), cancellationToken).ConfigureAwait(false);
        return work is not null
            && await MoveToDeadLettersAsync(work, HandlerResult.Failed with { Attempts = work.EarlierAttempts }, "skipped")
                .ConfigureAwait(false);
    }

    /// <summary>Starts no more handlers. Handlers that run go on.</summary>
    public void Stop() => _isStopping = true;

    private void Dispatch(DurableEvent work)
    {
        string name = NameOf(work);
        if (Namespace.Handlers.Find(name) is not { } handler)
        {
            _orphans.Add(work);
            HandlersLog.HandlerMissing(Namespace.HandlerHost.Logger, work.Event.Sequence, name, ReferenceOf(work), Namespace.Name);
            return;
        }

        work.IsFirstOfItsSender = work.Redelivered && _leftOverSenders.Add(work.Event.SenderId);
        Session session = SenderOf(work.Event);
        session.Enqueue(() => RunAsync(handler, session, work));
    }

    private async Task RunAsync(Handler handler, Session session, DurableEvent work)
    {
        Broker broker = Namespace.HandlerHost.Commands.Broker;
        if (_isStopping || work.HasEnded)
        {
            return;
        }

        if (work.EarlierAttempts >= handler.Options.MaxAttempts)
        {
            await MoveToDeadLettersAsync(work, HandlerResult.Failed with { Attempts = work.EarlierAttempts }, "crashed")
                .ConfigureAwait(false);
            return;
        }

        if (work.Redelivered && !await DurableLog.StartAsync(broker, Client!, work).ConfigureAwait(false))
        {
            return;
        }

        ReceivedEvent received = new(Namespace.HandlerHost.Json, NameOf(work), work.Event.Content, ReferenceOf(work))
        {
            Number = work.Event.Sequence,
            Redelivered = work.Redelivered,
            Trace = TraceOf(work),
        };
        HandlerRun run = new(session, new EmitCause(_ownSession, work.Event.Sequence), null, () => UserOf(work.Event))
        {
            Trace = received.Trace,
        };
        HandlerResult? outcome = await Namespace.HandlerHost.Runner.RunAsync(handler, received, run, work).ConfigureAwait(false);
        if (outcome is { Error: null } done)
        {
            Finish(work, done);
        }
        else if (outcome is { Error: { } error } failed)
        {
            string reason = error.Code is ErrorCode.BadMessage or ErrorCode.Forbidden ? error.Code : "failed";
            await MoveToDeadLettersAsync(work, failed, reason).ConfigureAwait(false);
        }
    }

    // Runs on the apply loop, which alone knows the calls that wait for the answer.
    private void Finish(DurableEvent work, HandlerResult outcome)
    {
        if (!work.TryEnd())
        {
            return;
        }

        Broker broker = Namespace.HandlerHost.Commands.Broker;
        broker.Post(ApplyInput.Call(_ =>
        {
            if (Client!.ConnectionWindow?.SessionDelivery is { } delivery)
            {
                broker.Acknowledgements.Acknowledge(delivery, work.Event.Sequence);
            }

            Forget(work, outcome);
        }));
    }

    private async Task<bool> MoveToDeadLettersAsync(DurableEvent work, HandlerResult outcome, string reason)
    {
        if (!work.TryEnd())
        {
            return false;
        }

        work.Skip();
        Broker broker = Namespace.HandlerHost.Commands.Broker;
        byte[] letter = DeadLetter.EncodeUnhandled(work.Event, outcome.Attempts, reason, Namespace.Observers.IsAttached);
        if (!await DurableLog.MoveToDeadLettersAsync(broker, Client!, work, letter).ConfigureAwait(false))
        {
            return false;
        }

        broker.Post(ApplyInput.Call(state =>
        {
            string room = DeadLetterRoom.OfHandler(NameOf(work));
            int readers = DeadLetters.ReadersOf(state.Namespaces.GetValueOrDefault(Namespace.Name), room);
            HandlersLog.DeadLettered(
                Namespace.HandlerHost.Logger, work.Event.Sequence, NameOf(work), ReferenceOf(work), Namespace.Name, reason,
                outcome.Attempts, room, readers);
            Forget(work, outcome);
        }));
        return true;
    }

    private void Forget(DurableEvent work, HandlerResult outcome)
    {
        _unfinished.Remove(work.Event.Sequence);
        _orphans.Remove(work);
        _answers.Finish(work.Event.Sequence, outcome);
    }

    private void AdoptOrphans()
    {
        DurableEvent[] orphans = [.. _orphans];
        _orphans.Clear();
        foreach (DurableEvent orphan in orphans)
        {
            Dispatch(orphan);
        }
    }

    private ClaimsPrincipal UserOf(StoredEvent storedEvent) => storedEvent.IsUserKept
        ? UserCodec.Decode(storedEvent.User)
        : throw new InvalidOperationException(storedEvent.IsUserLeftOut
            ? $"The user who sent event {storedEvent.Sequence} is not known: the claims took more than MaxDurableUserBytes, "
                + $"{Namespace.HandlerHost.Options.MaxDurableUserBytes} bytes. Raise that option, or issue fewer claims."
            : $"The user who sent event {storedEvent.Sequence} is not known: it was stored by a version that did not keep users.");

    private static string NameOf(DurableEvent work) => Encoding.UTF8.GetString(work.Event.Event.Span);

    private static string? ReferenceOf(DurableEvent work) =>
        work.Event.Reference.IsEmpty ? null : Encoding.UTF8.GetString(work.Event.Reference.Span);

    private static string? TraceOf(DurableEvent work) =>
        work.Event.Trace.IsEmpty ? null : Encoding.UTF8.GetString(work.Event.Trace.Span);

    private Session SenderOf(StoredEvent storedEvent)
    {
        HandlerHost handlerHost = Namespace.HandlerHost;
        return handlerHost.Commands.Broker.State.Sessions.TryGetValue(storedEvent.SenderId, out SessionState? session)
            ? handlerHost.SessionOf(session)
            : handlerHost.SessionOf(Namespace, storedEvent.SenderId, Encoding.UTF8.GetString(storedEvent.From.Span));
    }
}
