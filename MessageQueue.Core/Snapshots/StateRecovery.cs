using MessageQueue.State;
using MessageQueue.Storage;

namespace MessageQueue.Snapshots;

/// <summary>Reads the state at a start: from the newest snapshot that can be read and the records after it.</summary>
internal static class StateRecovery
{
    /// <summary>Recovers the log and returns the state of its end.</summary>
    /// <param name="log">The log; not recovered yet.</param>
    /// <param name="snapshots">Its snapshots.</param>
    /// <param name="recovered">Told of every event that was read.</param>
    /// <param name="progress">Told of every record that was read.</param>
    /// <param name="cancellationToken">Stops it; nothing was changed on the disk then.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="LogDamagedException">
    /// Neither snapshot can be read and the log alone is not enough, or the log is damaged.
    /// </exception>
    public static ServerState Run(
        IEventLog log, StateSnapshots snapshots, Action<StoredEvent> recovered, RecoveryProgress? progress = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ServerState? restored = snapshots.TryLoad();
        ServerState state = restored ?? new ServerState();
        try
        {
            log.Recover(state.Head, restored is null ? [] : snapshots.Gone, record =>
            {
                progress?.Read(record.Sequence);
                if (state.Apply(record) is { Kind: OutcomeKind.Applied, Event: { } storedEvent })
                {
                    recovered(storedEvent);
                }
            }, cancellationToken);
        }
        catch (LogDamagedException exception) when (snapshots.AreAllDamaged)
        {
            throw new LogDamagedException(
                "No snapshot can be read, and the log does not reach back to its beginning without one. Start on a copy of the directory from a backup. "
                + $"What is wrong with the log: {exception.Message}",
                exception);
        }

        return state;
    }
}
