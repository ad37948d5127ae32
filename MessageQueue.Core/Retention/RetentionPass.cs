using System.Diagnostics;
using MessageQueue.Diagnostics;
using MessageQueue.Snapshots;
using MessageQueue.State;
using MessageQueue.State.Records;
using MessageQueue.Storage;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Retention;

/// <summary>
/// Makes a snapshot, and drops what is not needed any more because of it. The state is folded here from the snapshot before and the log. It
/// is never taken from the live state, which runs ahead of the log.
/// </summary>
internal sealed class RetentionPass(
    IEventLog log, StateSnapshots snapshots, RetentionLimits limits, Func<DroppedRecord, Task<DroppedEvents>> drop, RetentionCounts counts,
    TimeProvider timeProvider, ILogger logger)
{
    private static readonly DroppedRecord Nothing = new([], []);

    /// <summary>Makes a snapshot and trims the log. Returns whether the log deleted anything.</summary>
    /// <exception cref="OperationCanceledException">The server is ending. A later pass completes what was begun.</exception>
    public bool Run(CancellationToken cancellationToken)
    {
        if (IsShort && log.LastSequence <= snapshots.Covered)
        {
            // No record has come since the last pass, but time has passed, and time is in the records. One more record lets this pass find
            // what only time has made obsolete.
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

            // The log deletes once both kept snapshots know of the drop: a restart that must begin with the older one must also know what
            // is missing. The empty record advances an idle log, so that there can be a second snapshot.
            Save(state, cancellationToken);
            drop(Nothing).GetAwaiter().GetResult();
            Save(state, cancellationToken);
        }

        return TryFree();
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

    // Without room no extent is ever sealed, so waiting for that would never end.
    private long SafeUpTo() => !limits.OnlySealedIsSafe ? log.LastSequence
        : IsShort ? log.MakeDurable()
        : log.SealedExtents is [.., LogExtent last] ? last.LastSequence
        : 0;

    private bool TryFree()
    {
        RangeSet deleted = new(snapshots.Gone);
        List<LogExtent> extents = [.. log.SealedExtents.Where(extent => deleted.Covers(extent.FirstSequence, extent.LastSequence))];
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

    // Folds from the beginning if the log still has it: a fold that leaves records out would give another state.
    private ServerState Empty()
    {
        long next = 1;
        foreach (LogExtent extent in log.SealedExtents)
        {
            if (extent.FirstSequence != next)
            {
                throw new LogDamagedException(
                    $"No snapshot can be read any more, and the log does not hold the records from {next} on. "
                    + "Start on a copy of the directory from a backup.");
            }

            next = extent.LastSequence + 1;
        }

        return new ServerState();
    }
}
