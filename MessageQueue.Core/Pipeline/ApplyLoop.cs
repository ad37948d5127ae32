using System.Threading.Channels;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Diagnostics;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Pipeline;

/// <summary>
/// The only thread that touches sessions and rooms. It takes in committed batches and what needs no log, folds the one and applies the
/// other, and hands out what follows from it: answers, events, one flush per connection and round.
/// </summary>
internal sealed class ApplyLoop
{
    // What a session is owed is counted exactly up to here; beyond, counting would cost the others more than the number is worth.
    private const int CountedUpTo = 100_000;

    private readonly ChannelReader<ApplyInput> _inputs;
    private readonly CommandQueue _queue;
    private readonly LogWriter _writer;
    private readonly EventCache _cache;
    private readonly SessionDeliveries _deliveries;
    private readonly Redeliveries _redeliveries;
    private readonly SessionExpiry _expiry;
    private readonly ProgressJournal _journal;
    private readonly TimeProvider _timeProvider;
    private readonly GapNotices _gaps;
    private readonly OwedSampler _owed = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _batchApplied;

    public ApplyLoop(
        ChannelReader<ApplyInput> inputs, ServerState state, CommandQueue queue, LogWriter writer, EventCache cache, SessionDeliveries deliveries, FanOut delivery,
        Acknowledgements acknowledgements, Redeliveries redeliveries, SessionExpiry expiry, ProgressJournal journal, TimeProvider timeProvider)
    {
        _inputs = inputs;
        State = state;
        _queue = queue;
        _writer = writer;
        _cache = cache;
        _deliveries = deliveries;
        FanOut = delivery;
        Acknowledgements = acknowledgements;
        _redeliveries = redeliveries;
        _expiry = expiry;
        _journal = journal;
        _gaps = new GapNotices(deliveries, journal);
        _timeProvider = timeProvider;
    }

    /// <summary>The state.</summary>
    public ServerState State { get; }

    /// <summary>The delivery.</summary>
    public FanOut FanOut { get; }

    /// <summary>The acknowledgements.</summary>
    public Acknowledgements Acknowledgements { get; }

    /// <summary>The outputs that were written to in this round.</summary>
    public FlushList Flushes { get; } = new();

    /// <summary>The host that this is, as the log names it. A log in files has one, 0.</summary>
    public int Host { get; init; }

    /// <summary>Who is told that sessions end; null for nobody.</summary>
    public ISessionObserver? Observer { get; init; }

    /// <summary>What is counted.</summary>
    public ServerCounters ServerCounters { get; init; } = new();

    /// <summary>Where to report.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Ends when the inputs are complete and applied. Faults with what made the log or the loop fail.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        new Thread(Run) { IsBackground = true, Name = "MessageQueue apply loop" }.Start();
    }

    /// <summary>Sends the log what was acknowledged and is not in it. Call on the loop.</summary>
    public void WriteProgress() => _journal.Write(State.Head, _queue);

    /// <summary>A connection has its session: it is told so, and what it is owed begins to come.</summary>
    public void Attach(SessionState session, ConnectionWindow window, bool resumed)
    {
        FanOut.Attach(session, window);
        int owed = FanOut.CountOwed(session, CountedUpTo + 1);
        window.Connection.Welcome(new Welcome(session, resumed, Math.Min(owed, CountedUpTo), owed > CountedUpTo, window.Size));
        _gaps.Tell(window);
    }

    /// <summary>A connection is over.</summary>
    public void Detach(ConnectionWindow window)
    {
        if (window.SessionDelivery is { } session && FanOut.Release(window))
        {
            DetachRecord record = new(session.AttachedAt, session.Cursor, session.ProgressAt(State.Head));
            _queue.TryAdd(new Command(CommandKind.Detach, record.Encode(), null, default));
        }
    }

    /// <summary>Events that were held back are sent again, where they are due.</summary>
    public void Redeliver() => _redeliveries.Run(FanOut.Enqueue);

    /// <summary>What has to be done every second.</summary>
    public void OnTick()
    {
        _expiry.Run(_timeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        _owed.Sample(State, FanOut, ServerCounters);
    }

    /// <summary>Applies a batch whose records are durable. The round ends after it.</summary>
    public void Apply(CommittedBatch batch)
    {
        _batchApplied = true;
        int clients = 0;
        long weight = 0;
        foreach (ref readonly CommittedBatch.Entry entry in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batch.Entries))
        {
            Outcome outcome = entry.Record.Type == (byte)RecordType.None
                ? ApplyUnlogged(entry.Command, batch.Time)
                : ApplyRecord(entry.Record, batch.Host);
            if (entry.Command.Origin is { } origin)
            {
                clients++;
                weight += entry.Command.Weight;
                origin.OnApplied(entry.Command, outcome);
            }

            // Only now: whoever asked for the end has its answer.
            if (outcome.Session is { IsEnded: true } ended)
            {
                FanOut.End(ended);
            }
        }

        _queue.Leave(clients, weight);
        _writer.Return(batch);
    }

    /// <summary>Events that were asked for have been read.</summary>
    public void Fetched(SessionDelivery subscription, FetchedEvents read)
    {
        // The log lets go of nothing before the state has forgotten it, and a repair says what it has lost.
        long unreadable = read.Unreadable;
        foreach (long missing in read.Missing)
        {
            if (unreadable == 0 && !State.Dropped.Contains(missing) && !read.Lost.Contains(missing) && (read.Events is not [var first, ..] || missing < first.Stored.Sequence))
            {
                unreadable = missing;
            }
        }

        if (read.Lost.Length > 0 && FanOut.IsNext(subscription, read.Lost[0]))
        {
            Lose(subscription, read.Lost);
        }
        else if (unreadable == 0)
        {
            FanOut.Fetched(subscription, read.Events);
        }
        else if (FanOut.Unreadable(subscription, unreadable))
        {
            DeliveryLog.EventUnreadable(Logger, unreadable, subscription.Session.Address);
        }
    }

    private void Run()
    {
        try
        {
            while (FanOut.HasWork || _inputs.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                RunRound();
            }

            _ended.SetResult();
        }
#pragma warning disable CA1031 // A loop that cannot go on must say so: everybody waits for it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _ended.SetException(exception);
            AbandonInputs();
        }
    }

    // The state is not touched any more; connections that close must not wait for it.
    private void AbandonInputs()
    {
        while (_inputs.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            if (_inputs.TryRead(out ApplyInput input))
            {
                input.Step.Abandon();
            }
        }
    }

    // A batch, or a number of small inputs, then a turn for some who lag: neither keeps the other waiting for long.
    private void RunRound()
    {
        const int MaxCost = 256;
        const int MaxTurns = 16;
        _batchApplied = false;
        for (int cost = 0; cost < MaxCost && !_batchApplied && _inputs.TryRead(out ApplyInput input); cost += input.Step.Cost)
        {
            input.Step.Apply(this, input.Number);
        }

        for (int i = 0; i < MaxTurns && FanOut.HasWork; i++)
        {
            FanOut.RunOne();
        }

        Flushes.FlushAll();
    }

    // The state first, then what follows from it here. Nothing but the take-over of a session depends on which host appended the record.
    private Outcome ApplyRecord(in LogRecord record, int host)
    {
        Outcome outcome = State.Apply(record, host);
        if (outcome is { Kind: OutcomeKind.Applied, Event: { } storedEvent })
        {
            ServerCounters.Emitted++;
            _cache.Add(storedEvent);
            FanOut.Offer(storedEvent);
            if (record.Type == (byte)RecordType.DeadLettered)
            {
                ServerCounters.DeadLetters++;
                MovedToDeadLetters(outcome.Session!, record.Payload);
            }
        }
        else if (outcome.DroppedEvents is { } losses)
        {
            _gaps.Apply(DroppedRecord.Decode(record.Payload), losses, record.Sequence, FanOut.Enqueue);
        }
        else if (record.Type == (byte)RecordType.ServerStarted)
        {
            foreach (SessionState session in State.Sessions.Values)
            {
                Detached(session);
            }
        }
        else if (outcome.Session is { } session)
        {
            OnSession((RecordType)record.Type, session, host);
        }

        return outcome;
    }

    private void OnSession(RecordType type, SessionState session, int host)
    {
        if (session.IsEnded)
        {
            Observer?.Ended(session);
        }
        else if (type == RecordType.SessionDetached)
        {
            Detached(session);
        }
        else if (type == RecordType.SessionAttached && host != Host)
        {
            FanOut.Detach(session);
        }
    }

    private void Detached(SessionState session)
    {
        if (!session.IsAttached)
        {
            _expiry.Left(session);
            _deliveries.ForgetSettled(session);
        }
    }

    private void MovedToDeadLetters(SessionState session, ReadOnlyMemory<byte> record)
    {
        if (_deliveries.Find(session) is { } delivery)
        {
            DeadLetters.OnApplied(delivery, record);
            _journal.Moved(delivery);
            FanOut.Enqueue(delivery);
        }
    }

    private Outcome ApplyUnlogged(in Command command, long time)
    {
        if (command.Kind == CommandKind.VolatileEmit)
        {
            StoredEvent storedEvent = EmitRecord.Decode(
                new LogRecord(0, time, (byte)RecordType.EventEmitted, RecordVersions.Of(RecordType.EventEmitted), command.Payload));
            if (!State.TryAddress(storedEvent))
            {
                return new Outcome(OutcomeKind.UnknownSession);
            }

            ServerCounters.Emitted++;
            FanOut.Offer(storedEvent);
        }

        return new Outcome(OutcomeKind.Applied);
    }

    // By way of the log, as everything that changes what is owed. The gap takes in all up to the last that is lost: what was sent before
    // and is not acknowledged goes first, so that it is not taken for lost as well; the acknowledgement brings the session here again.
    private void Lose(SessionDelivery subscription, long[] lost)
    {
        long upTo = lost[^1];
        subscription.IsFetching = false;
        SessionState session = subscription.Session;
        if (!subscription.Unacked.UpTo(upTo).Except(lost).Any())
        {
            DeliveryLog.EventsLost(Logger, upTo, session.Address);
            _journal.Moved(subscription);
            WriteProgress();
            _queue.TryAdd(new Command(CommandKind.Drop, new DroppedRecord([], [new BacklogCut(session.Id, upTo)]).Encode(), null, default));
        }
    }
}
