using System.Runtime.InteropServices;
using System.Threading.Channels;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Delivery.Inspection;
using MessageQueue.Diagnostics;
using MessageQueue.Presence;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Pipeline;

/// <summary>
/// The only thread that touches sessions and rooms. It takes committed batches, which it folds, and inputs that need no log, which it runs.
/// Then it sends what follows: answers and events, with one flush per connection and round.
/// </summary>
internal sealed class ApplyLoop
{
    // Pending events are counted exactly up to this number. Beyond it, counting would slow the others down more than the number is worth.
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
    private readonly PendingSampler _pending = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BatchAnswers _answers = new();

    public ApplyLoop(
        ChannelReader<ApplyInput> inputs, ServerState state, CommandQueue queue, LogWriter writer, EventCache cache,
        SessionDeliveries deliveries, FanOut fanOut, Acknowledgements acknowledgements, Redeliveries redeliveries, SessionExpiry expiry,
        ProgressJournal journal, TimeProvider timeProvider)
    {
        _inputs = inputs;
        State = state;
        _queue = queue;
        _writer = writer;
        _cache = cache;
        _deliveries = deliveries;
        FanOut = fanOut;
        Acknowledgements = acknowledgements;
        _redeliveries = redeliveries;
        _expiry = expiry;
        _journal = journal;
        _gaps = new GapNotices(deliveries, journal);
        _timeProvider = timeProvider;
    }

    /// <summary>The state.</summary>
    public ServerState State { get; }

    /// <summary>Delivers events to connections.</summary>
    public FanOut FanOut { get; }

    /// <summary>Delivers the events of a batch to connections.</summary>
    public required RunFanOut Runs { get; init; }

    /// <summary>Handles the acknowledgements of clients.</summary>
    public Acknowledgements Acknowledgements { get; }

    /// <summary>Who is in the rooms that somebody watches.</summary>
    public required WatchedRooms Presence { get; init; }

    /// <summary>Says what is pending for a session, for operators.</summary>
    public required OwedEvents Owed { get; init; }

    /// <summary>Gets the oldest pending event of all sessions from time to time, 0 if there is none.</summary>
    public Action<long>? OldestOwed { get; init; }

    /// <summary>The outputs that were written to in this round.</summary>
    public required FlushList Flushes { get; init; }

    /// <summary>The number of this host in the log. A log in files has one host, 0.</summary>
    public int Host { get; init; }

    /// <summary>Gets notified when sessions end; null for none.</summary>
    public ISessionObserver? Observer { get; init; }

    /// <summary>The counters.</summary>
    public ServerCounters ServerCounters { get; init; } = new();

    /// <summary>The logger.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Completes when the inputs are complete and applied. Faults with the exception that made the log or the loop fail.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        new Thread(Run) { IsBackground = true, Name = "MessageQueue apply loop" }.Start();
    }

    /// <summary>Sends the acknowledgements that are not in the log yet to the log. Call on the loop.</summary>
    public void WriteProgress() => _journal.Write(State.Head, _queue);

    /// <summary>Attaches a connection to its session: sends the welcome and the gaps, and starts to deliver what is pending.</summary>
    public void Attach(SessionState session, ConnectionWindow window, bool resumed)
    {
        FanOut.Attach(session, window);
        int pending = FanOut.CountPending(session, CountedUpTo + 1);
        window.Connection.Welcome(new Welcome(session, resumed, Math.Min(pending, CountedUpTo), pending > CountedUpTo, window.Size));
        _gaps.Send(window);
    }

    /// <summary>Handles an output that has room again.</summary>
    public void Drained(ConnectionWindow window)
    {
        FanOut.Drained(window);
        Presence.Drained(window);
    }

    /// <summary>Detaches a connection that has ended.</summary>
    public void Detach(ConnectionWindow window)
    {
        Presence.Remove(window);
        if (window.SessionDelivery is { } session && FanOut.Release(window))
        {
            DetachRecord record = new(session.AttachedAt, session.Cursor, session.ProgressAt(State.Head));
            _queue.TryAdd(new Command(CommandKind.Detach, record.Encode(), null, default));
        }
    }

    /// <summary>Sends delayed events again that are due.</summary>
    public void Redeliver() => _redeliveries.Run(FanOut.Enqueue);

    /// <summary>Runs the work of every second.</summary>
    public void OnTick()
    {
        long now = _timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        _expiry.Run(now);
        if (_pending.Sample(State, FanOut, Owed, ServerCounters, now) is { } oldest)
        {
            OldestOwed?.Invoke(oldest);
        }
    }

    /// <summary>Applies a batch whose records are durable.</summary>
    public void Apply(CommittedBatch batch)
    {
        int clients = 0;
        long weight = 0;
        ReadOnlySpan<CommittedBatch.Entry> entries = CollectionsMarshal.AsSpan(batch.Entries);
        foreach (ref readonly CommittedBatch.Entry entry in entries)
        {
            if (entry.Command.Origin is not null)
            {
                clients++;
                weight += entry.Command.Weight;
            }

            if (entry.Record.Type == (byte)RecordType.EventEmitted)
            {
                _answers.Add(ApplyRecord(entry.Record, batch.Host));
                continue;
            }

            // It may change who gets the events before it.
            PublishAndAnswer(entries);
            _answers.Add(
                entry.Record.Type == (byte)RecordType.None
                    ? ApplyUnlogged(entry.Command, batch.Time)
                    : ApplyRecord(entry.Record, batch.Host));
            PublishAndAnswer(entries);
        }

        PublishAndAnswer(entries);
        _answers.Clear();
        _queue.Leave(clients, weight);
        _writer.Return(batch);
    }

    /// <summary>Takes events that were read from the log.</summary>
    public void Fetched(SessionDelivery delivery, FetchedEvents read)
    {
        // The log drops nothing before the state has forgotten it, and a repair says what it has lost.
        long unreadable = read.Unreadable;
        foreach (long missing in read.Missing)
        {
            bool isBeforeEvents = read.Events is not [var first, ..] || missing < first.Stored.Sequence;
            if (unreadable == 0 && isBeforeEvents && !State.Dropped.Contains(missing) && !read.Lost.Contains(missing))
            {
                unreadable = missing;
            }
        }

        if (read.Lost.Length > 0 && FanOut.IsNext(delivery, read.Lost[0]))
        {
            Lose(delivery, read.Lost);
        }
        else if (unreadable == 0)
        {
            FanOut.Fetched(delivery, read.Events);
        }
        else if (FanOut.Unreadable(delivery, unreadable))
        {
            DeliveryLog.EventUnreadable(Logger, unreadable, delivery.Session.Address, delivery.Session.Namespace.Name);
        }
    }

    private void PublishAndAnswer(ReadOnlySpan<CommittedBatch.Entry> entries)
    {
        Runs.Publish();
        _answers.Tell(this, entries);
    }

    private void Run()
    {
        try
        {
            while (FanOut.HasWork || Presence.HasWork || _inputs.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
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

    // The state is not touched any more, and connections that close must not wait for it.
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

    // A large batch or several small inputs, then a turn for some sessions that have fallen behind: neither keeps the other waiting for
    // long. Small batches that wait are taken together. With a flush for each, a loop with many receivers would fall behind a log writer
    // that makes batches faster than the loop can send them.
    private void RunRound()
    {
        const int MaxCost = 256;
        const int MaxTurns = 16;
        for (int cost = 0; cost < MaxCost && _inputs.TryRead(out ApplyInput input);)
        {
            // Before it is applied, because a batch is empty afterwards.
            cost += input.Step.Cost;
            input.Step.Apply(this, input.Number);
        }

        for (int i = 0; i < MaxTurns && FanOut.HasWork; i++)
        {
            FanOut.RunOne();
        }

        for (int i = 0; i < MaxTurns && Presence.HasWork; i++)
        {
            Presence.RunOne();
        }

        Flushes.FlushAll();
    }

    // The state first, then what follows from it here. Only the take-over of a session depends on which host appended the record.
    private Outcome ApplyRecord(in LogRecord record, int host)
    {
        Outcome outcome = State.Apply(record, host);
        if (outcome.IsEvent)
        {
            ServerCounters.Emitted++;
            _cache.Add(record);
            if (FanOut.HasReceivers)
            {
                Runs.Add(_cache.Find(record.Sequence)!.Stored);
            }

            if (record.Type == (byte)RecordType.DeadLettered)
            {
                ServerCounters.DeadLetters++;
                Runs.Publish();
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
            _expiry.Add(session);
            _deliveries.RemoveIfIdle(session);
        }
    }

    private void MovedToDeadLetters(SessionState session, ReadOnlyMemory<byte> record)
    {
        if (_deliveries.Find(session) is { } delivery)
        {
            DeadLetters.OnApplied(delivery, record);
            _journal.NoteProgress(delivery);
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
            FanOut.Publish(storedEvent);
        }

        return new Outcome(OutcomeKind.Applied);
    }

    // Through the log, like everything that changes what is pending. The gap covers everything up to the last lost event. Events before it
    // that were sent and are not acknowledged must be acknowledged first, or they would count as lost as well; their acknowledgement brings
    // the session here again.
    private void Lose(SessionDelivery delivery, long[] lost)
    {
        long upTo = lost[^1];
        delivery.IsFetching = false;
        SessionState session = delivery.Session;
        if (!delivery.Unacked.UpTo(upTo).Except(lost).Any())
        {
            DeliveryLog.EventsLost(Logger, upTo, session.Address, session.Namespace.Name);
            _journal.NoteProgress(delivery);
            WriteProgress();
            _queue.TryAdd(new Command(CommandKind.Drop, new DroppedRecord([], [new BacklogCut(session.Id, upTo)]).Encode(), null, default));
        }
    }
}
