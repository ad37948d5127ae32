using System.Diagnostics;
using MessageQueue.Diagnostics;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Retention;

/// <summary>
/// A snapshot, and what may be dropped because of it. The state is folded here from the snapshot before and the log, never taken from the
/// one that is served, which runs ahead of the log.
/// </summary>
internal sealed class RetentionPass(
    IEventLog log, StateSnapshots snapshots, RetentionLimits limits, Func<DroppedRecord, Task<DroppedEvents>> drop, RetentionCounts counts,
    TimeProvider timeProvider, ILogger logger)
{
    private static readonly DroppedRecord Nothing = new([], []);

    /// <summary>Makes a snapshot and trims. Returns whether the log let go of anything.</summary>
    /// <exception cref="OperationCanceledException">The server is ending. Whatever was begun is completed by a later pass.</exception>
    public bool Run(CancellationToken cancellationToken)
    {
        if (IsShort && log.LastSequence <= snapshots.Covered)
        {
            // Nothing has come since the last pass, but time has passed, which is in the records: what only that lets go of is found by one
            // more.
            drop(Nothing).GetAwaiter().GetResult();
        }

        ServerState state = snapshots.TryLoad() ?? Empty();
        Save(state, cancellationToken);
        TrimPlan plan = new TrimPlanner(limits).Plan(state, log.SealedExtents, timeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        if (!plan.IsEmpty)
        {
            RetentionLog.Dropping(logger, plan.Bytes, plan.Extents.Count);
            foreach (DroppedRecord record in plan.ToRecords())
            {
                Report(drop(record).GetAwaiter().GetResult());
            }

            // The log lets go once both snapshots that are kept know of it: a restart that has to begin with the older one must know what
            // is missing, too. The empty record moves an idle log on, so that there can be a second one.
            Save(state, cancellationToken);
            drop(Nothing).GetAwaiter().GetResult();
            Save(state, cancellationToken);
        }

        return TryLetGo();
    }

    private void Save(ServerState state, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        long upTo = SafeUpTo();
        log.Replay(state.Head, upTo, record =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            state.Apply(record);
        });
        snapshots.Save(state, upTo);
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        counts.SnapshotMade?.Invoke(elapsed);
        RetentionLog.SnapshotMade(logger, state.Head, state.Sessions.Count, (long)elapsed.TotalMilliseconds);
    }

    private bool IsShort => log is ILogSpace { HasRoom: false };

    // Without room no extent becomes a sealed one, so that waiting for that would be waiting for ever.
    private long SafeUpTo() => !limits.OnlySealedIsSafe ? log.LastSequence
        : IsShort ? log.MakeDurable()
        : log.SealedExtents is [.., LogExtent last] ? last.LastSequence
        : 0;

    private bool TryLetGo()
    {
        RangeSet gone = new(snapshots.Gone);
        List<LogExtent> extents = [.. log.SealedExtents.Where(extent => gone.Covers(extent.FirstSequence, extent.LastSequence))];
        if (extents.Count > 0)
        {
            log.Drop([.. extents.Select(extent => extent.FirstSequence)]);
            counts.DroppedBytes += extents.Sum(extent => extent.Bytes);
        }

        return extents.Count > 0;
    }

    private void Report(DroppedEvents losses)
    {
        if (losses.Events > 0)
        {
            counts.LostEvents += losses.Events;
            RetentionLog.TookEvents(logger, losses.Events, losses.Sessions.Count);
        }
    }

    // From the beginning, if the log still has it: a fold that leaves something out would be another state.
    private ServerState Empty()
    {
        long next = 1;
        foreach (LogExtent extent in log.SealedExtents)
        {
            if (extent.FirstSequence != next)
            {
                throw new LogDamagedException($"No snapshot can be read any more, and the log does not hold the records from {next} on.");
            }

            next = extent.LastSequence + 1;
        }

        return new ServerState();
    }
}
