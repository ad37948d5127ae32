using System.Threading.Channels;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Delivery.Inspection;
using MessageQueue.Diagnostics;
using MessageQueue.Presence;
using MessageQueue.Retention;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Storage.Maintenance;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Pipeline;

/// <summary>The running server below its sockets: the log, its writer, the apply loop, and the connections between them.</summary>
internal sealed class Broker : IAsyncDisposable
{
    private readonly Channel<ApplyInput> _inputs = Channel.CreateUnbounded<ApplyInput>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IEventLog _log;
    private readonly LogWriter _writer;
    private readonly EventReader _reader;
    private readonly ProgressJournal _journal;
    private readonly Redeliveries _redeliveries;
    private readonly ITimer _tick;

    /// <summary>Recovers the state from the log and starts. Nobody may connect before it returns. The token stops the recovery.</summary>
    public Broker(
        IEventLog log, ISnapshotStore snapshots, BrokerLimits limits, TimeProvider timeProvider, ILogger logger,
        ISessionObserver? observer = null, CancellationToken cancellationToken = default)
    {
        _log = log;
        Limits = limits;
        Queue = new CommandQueue(limits.MaxInboxTotalBytes);

        EventCache cache = new(limits.EventCacheBytes);
        History = new EventHistory(log, cache);
        StateSnapshots kept = new(snapshots, logger);
        ServerState state = StateRecovery.Run(log, kept, new RecoveryProgress(timeProvider, logger), cancellationToken);
        RecoveredSessions = state.Sessions.Count;

        _writer = new LogWriter(log, Queue, _inputs.Writer, timeProvider, ServerCounters);
        _writer.Start(state.Time);
        _reader = new EventReader(
            log, (delivery, events) => Post(ApplyInput.Fetched(delivery, events)), exception => Post(ApplyInput.Failed(exception)));
        _journal = new ProgressJournal(timeProvider, () => Post(ApplyInput.WriteProgress));
        SessionExpiry expiry = new(limits.NamedSessionExpiry, limits.AnonymousSessionExpiry, Queue);
        Dispatcher dispatcher = new(_journal);
        DeadLetters deadLetters = new(limits.MaxDeliveries, Queue, logger, ns => observer?.Observes(ns) == true);
        SessionDeliveries deliveries = new(state);
        CatchUp catchUp = new(state, deliveries, cache, _reader, dispatcher, deadLetters);
        FanOut fanOut = new(state, deliveries, catchUp, dispatcher, timeProvider);
        _redeliveries = new Redeliveries(
            limits.MinRedeliveryDelay, limits.MaxRedeliveryDelay, timeProvider, () => Post(ApplyInput.RedeliveriesDue));
        Acknowledgements = new Acknowledgements(fanOut, _redeliveries, deadLetters, _journal) { Replies = observer };
        Presence = new WatchedRooms(state, deliveries, limits.Presence, timeProvider, () => Post(ApplyInput.PresenceDue));
        Loop = new ApplyLoop(
            _inputs.Reader, state, Queue, _writer, cache, deliveries, fanOut, Acknowledgements, _redeliveries, expiry, _journal,
            timeProvider)
        {
            Flushes = new FlushList(limits.SendThreads),
            Runs = new RunFanOut(state, deliveries, catchUp, dispatcher, fanOut),
            Presence = Presence,
            Owed = new OwedEvents(state, deliveries),
            OldestOwed = oldest => _ = NoteOldestOwedAsync(oldest),
            Observer = observer,
            ServerCounters = ServerCounters,
            Logger = logger,
        };

        // The first record of every run: no session is attached any more, and each has its full time to come back.
        Queue.TryAdd(new Command(CommandKind.Start, default, null, default));
        Loop.Start();
        TimeSpan second = TimeSpan.FromSeconds(1);
        _tick = timeProvider.CreateTimer(_ => Post(ApplyInput.Tick), null, second, second);

        RetentionPass pass = new(log, kept, limits.Retention, DropAsync, ServerCounters.Retention, timeProvider, logger);
        Snapshots = new SnapshotMaker(log, kept, pass, limits.Retention, ServerCounters.Retention, timeProvider, logger);
        Scrubber = new LogScrubber(log, limits.Scrub, timeProvider, logger);
    }

    /// <summary>How many sessions the log held when it started.</summary>
    public int RecoveredSessions { get; }

    /// <summary>The limits.</summary>
    public BrokerLimits Limits { get; }

    /// <summary>The counters.</summary>
    public ServerCounters ServerCounters { get; } = new();

    /// <summary>The identity by which clients know the log. Numbers of events can be compared only within one log.</summary>
    public LogIdentity LogIdentity => _log.Identity;

    /// <summary>Numbers the dialects of this server.</summary>
    public DialectNumbers Dialects { get; } = new();

    /// <summary>The outputs that were written to in this round of the apply loop. For the apply loop only.</summary>
    public FlushList Flushes => Loop.Flushes;

    /// <summary>Whether the log accepts events. What was passed to it before is still written.</summary>
    public bool HasRoom => _log is not ILogSpace { HasRoom: false };

    /// <summary>How many bytes of the disk are free; null if the log is not on a disk, or the system does not say.</summary>
    public long? FreeBytes => _log is ILogSpace { FreeBytes: var free and < long.MaxValue } ? free : null;

    /// <summary>The size of the largest record that the log takes. A larger one would make the server fail.</summary>
    public int MaxRecordBytes => _log.MaxPayloadBytes;

    /// <summary>The way into the log.</summary>
    public CommandQueue Queue { get; }

    /// <summary>The apply loop. Its members may be used on its thread only.</summary>
    public ApplyLoop Loop { get; }

    /// <summary>Handles acknowledgements. All members except <see cref="Acknowledgements.Replies"/> are for the apply loop only.</summary>
    public Acknowledgements Acknowledgements { get; }

    /// <summary>Who is in the rooms that somebody watches. For the apply loop only.</summary>
    public WatchedRooms Presence { get; }

    /// <summary>Makes snapshots and trims the log.</summary>
    public SnapshotMaker Snapshots { get; }

    /// <summary>Reads the events that rooms hold.</summary>
    public EventHistory History { get; }

    /// <summary>Checks the log in the background.</summary>
    public LogScrubber Scrubber { get; }

    /// <summary>How many files of the log are known to be damaged.</summary>
    public int DamagedExtents => _log is ICheckedLog log ? log.DamagedExtents : 0;

    /// <summary>Completes when the broker has stopped; faults with the exception that made it fail.</summary>
    public Task Completion => Loop.Ended;

    /// <summary>The state. For the apply loop only.</summary>
    public ServerState State => Loop.State;

    /// <summary>Delivers events to connections. For the apply loop only.</summary>
    public FanOut FanOut => Loop.FanOut;

    /// <summary>Says what is pending for a session. For the apply loop only.</summary>
    public OwedEvents Owed => Loop.Owed;

    /// <summary>Returns the exception for a caller that needs a server that has ended.</summary>
    public ServerStoppedException Stopped(string consequence) => Completion is { IsFaulted: true, Exception: { } cause }
        ? new ServerStoppedException($"The server has failed; {consequence}.", cause.InnerException)
        : new ServerStoppedException($"The server has stopped; {consequence}.");

    /// <summary>Sends the apply loop an input. Returns false if the loop has ended.</summary>
    public bool Post(in ApplyInput input) => _inputs.Writer.TryWrite(input);

    /// <summary>
    /// Stops the broker. Completes when everything that was sent before is durable and applied. Every connection must be closed before.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await Snapshots.DisposeAsync().ConfigureAwait(false);
        await Scrubber.DisposeAsync().ConfigureAwait(false);
        await _tick.DisposeAsync().ConfigureAwait(false);
        TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(ApplyInput.WriteProgress);
        Post(ApplyInput.Call(_ => written.SetResult()));
        await Task.WhenAny(written.Task, Loop.Ended).ConfigureAwait(false);

        Queue.Complete();
        await _writer.Ended.ConfigureAwait(false);
        await _reader.StopAsync().ConfigureAwait(false);
        await History.StopAsync().ConfigureAwait(false);
        _inputs.Writer.TryComplete();
        await Loop.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _redeliveries.Dispose();
        Presence.Dispose();
        _journal.Dispose();
        _log.Dispose();
    }

    // Called on the apply loop. The time is in the event, which may have to be read from the log.
    private async Task NoteOldestOwedAsync(long sequence)
    {
        EventHistory.Entry[] entries = sequence == 0 ? [] : [History.EntryOf(sequence)];
        try
        {
            Dictionary<long, long> times = await History.ReadTimesAsync(entries, CancellationToken.None).ConfigureAwait(false);
            ServerCounters.OldestOwedTime = times.GetValueOrDefault(sequence);
        }
        catch (Exception exception) when (exception is MessageQueueException or IOException)
        {
            // The metric keeps its value: either the server is stopping, or the disk does not read, which its log says.
        }
    }

    // Acknowledgements that are on their way to the log are written first, so that a restart does not count acknowledged events as lost.
    private async Task<DroppedEvents> DropAsync(DroppedRecord record)
    {
        byte[] payload = record.Encode();
        Outcome? outcome = await CommandCompletion.SendAsync(this, CommandKind.Drop, Command.Overhead + payload.Length, _ =>
        {
            Loop.WriteProgress();
            return payload;
        }).ConfigureAwait(false);
        return outcome?.DroppedEvents
            ?? throw new OperationCanceledException("The server is ending; whether events were dropped is unknown.");
    }
}
