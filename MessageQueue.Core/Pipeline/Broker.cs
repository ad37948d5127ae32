using System.Threading.Channels;
using MessageQueue.Commands;
using MessageQueue.Delivery;
using MessageQueue.Diagnostics;
using MessageQueue.Retention;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using MessageQueue.Storage.Maintenance;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Pipeline;

/// <summary>The running server below its sockets: the log, its writer, the apply loop, and the ways between them.</summary>
internal sealed class Broker : IAsyncDisposable
{
    private readonly Channel<ApplyInput> _inputs = Channel.CreateUnbounded<ApplyInput>(new UnboundedChannelOptions { SingleReader = true });
    private readonly IEventLog _log;
    private readonly LogWriter _writer;
    private readonly EventReader _reader;
    private readonly ProgressJournal _journal;
    private readonly Redeliveries _redeliveries;
    private readonly ITimer _tick;

    /// <summary>Recovers the state from the log and starts. Until it returns nobody may connect. The token stops the recovery.</summary>
    public Broker(
        IEventLog log, ISnapshotStore snapshots, BrokerLimits limits, TimeProvider timeProvider, ILogger logger, ISessionObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        _log = log;
        Limits = limits;
        Queue = new CommandQueue(limits.MaxInboxTotalBytes);

        EventCache cache = new(limits.EventCacheBytes);
        History = new EventHistory(log, cache);
        StateSnapshots kept = new(snapshots, logger);
        ServerState state = StateRecovery.Run(log, kept, cache.Add, new RecoveryProgress(timeProvider, logger), cancellationToken);
        RecoveredSessions = state.Sessions.Count;

        _writer = new LogWriter(log, Queue, _inputs.Writer, timeProvider, ServerCounters);
        _writer.Start(state.Time);
        _reader = new EventReader(
            log, (session, events) => Post(ApplyInput.Fetched(session, events)), exception => Post(ApplyInput.Failed(exception)));
        _journal = new ProgressJournal(timeProvider, () => Post(ApplyInput.WriteProgress));
        SessionExpiry expiry = new(limits.NamedSessionExpiry, limits.AnonymousSessionExpiry, Queue);
        Dispatcher dispatcher = new(_journal);
        DeadLetters deadLetters = new(limits.MaxDeliveries, Queue, logger, ns => observer?.Observes(ns) == true);
        SessionDeliveries deliveries = new(state);
        FanOut delivery = new(state, deliveries, new CatchUp(state, deliveries, cache, _reader, dispatcher, deadLetters), dispatcher, timeProvider);
        _redeliveries = new Redeliveries(limits.MinRedeliveryDelay, limits.MaxRedeliveryDelay, timeProvider, () => Post(ApplyInput.RedeliveriesDue));
        Acknowledgements = new Acknowledgements(delivery, _redeliveries, deadLetters, _journal) { Replies = observer };
        Loop = new ApplyLoop(_inputs.Reader, state, Queue, _writer, cache, deliveries, delivery, Acknowledgements, _redeliveries, expiry, _journal, timeProvider)
        {
            Observer = observer,
            ServerCounters = ServerCounters,
            Logger = logger,
        };

        // The first record of every run: whoever was attached is not any more, and everybody has the full time to come back.
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

    /// <summary>What is counted.</summary>
    public ServerCounters ServerCounters { get; } = new();

    /// <summary>What clients know the log by: numbers of events compare only within it.</summary>
    public LogIdentity LogIdentity => _log.Identity;

    /// <summary>Numbers the dialects of this server.</summary>
    public DialectNumbers Dialects { get; } = new();

    /// <summary>The outputs that were written to in this round of the apply loop, to which they belong.</summary>
    public FlushList Flushes => Loop.Flushes;

    /// <summary>Whether the log takes events. What was given to it before is taken all the same.</summary>
    public bool HasRoom => _log is not ILogSpace { HasRoom: false };

    /// <summary>How many bytes of the disk are free; null for a log on none, or where the system does not say.</summary>
    public long? FreeBytes => _log is ILogSpace { FreeBytes: var free and < long.MaxValue } ? free : null;

    /// <summary>The largest record that the log takes: a larger one would end the server.</summary>
    public int MaxRecordBytes => _log.MaxPayloadBytes;

    /// <summary>The way into the log.</summary>
    public CommandQueue Queue { get; }

    /// <summary>The apply loop; its members belong to its thread.</summary>
    public ApplyLoop Loop { get; }

    /// <summary>The acknowledgements; all but <see cref="Acknowledgements.Replies"/> belongs to the apply loop.</summary>
    public Acknowledgements Acknowledgements { get; }

    /// <summary>What makes snapshots and trims the log.</summary>
    public SnapshotMaker Snapshots { get; }

    /// <summary>Reads what rooms hold.</summary>
    public EventHistory History { get; }

    /// <summary>What checks the log in the background.</summary>
    public LogScrubber Scrubber { get; }

    /// <summary>How many files of the log are known to be damaged.</summary>
    public int DamagedExtents => _log is ICheckedLog log ? log.DamagedExtents : 0;

    /// <summary>Ends when the broker has stopped; faults with what made it fail.</summary>
    public Task Completion => Loop.Ended;

    /// <summary>The state; belongs to the apply loop.</summary>
    public ServerState State => Loop.State;

    /// <summary>What is delivered to whom; belongs to the apply loop.</summary>
    public FanOut FanOut => Loop.FanOut;

    /// <summary>What whoever waits for something is told that the server does no more.</summary>
    public ServerStoppedException Stopped(string consequence) => Completion is { IsFaulted: true, Exception: { } cause }
        ? new ServerStoppedException($"The server has failed; {consequence}.", cause.InnerException)
        : new ServerStoppedException($"The server has stopped; {consequence}.");

    /// <summary>Gives the apply loop an input. False: it has ended.</summary>
    public bool Post(in ApplyInput input) => _inputs.Writer.TryWrite(input);

    /// <summary>Ends when all that was sent before is durable and applied. Every connection has to be closed before.</summary>
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
        _journal.Dispose();
        _log.Dispose();
    }

    // Acknowledgements that are on their way to the log go first, so that a restart counts what they settled as settled, and not as lost.
    private async Task<DroppedEvents> DropAsync(DroppedRecord record)
    {
        byte[] payload = record.Encode();
        Outcome? outcome = await CommandCompletion.SendAsync(this, CommandKind.Drop, Command.Overhead + payload.Length, _ =>
        {
            Loop.WriteProgress();
            return payload;
        }).ConfigureAwait(false);
        return outcome?.DroppedEvents ?? throw new OperationCanceledException("The server is ending; whether events were dropped is unknown.");
    }
}
