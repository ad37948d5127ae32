using MessageQueue.State;
using MessageQueue.Storage;

namespace MessageQueue.Snapshots;

/// <summary>Reads the state at a start: from the newest readable snapshot and the records after it.</summary>
internal static class StateRecovery
{
    /// <summary>Recovers the log and returns the state at its end.</summary>
    /// <param name="log">The log; not recovered yet.</param>
    /// <param name="snapshots">The snapshots of the log.</param>
    /// <param name="progress">Gets notified of every record that was read.</param>
    /// <param name="cancellationToken">Stops the recovery; then nothing was changed on the disk.</param>
    /// <exception cref="OperationCanceledException">The recovery was stopped.</exception>
    /// <exception cref="LogDamagedException">
    /// Neither snapshot can be read and the log alone is not enough, or the log is damaged.
    /// </exception>
    public static ServerState Run(
        IEventLog log, StateSnapshots snapshots, RecoveryProgress? progress = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ServerState? restored = snapshots.TryLoad();
        ServerState state = restored ?? new ServerState();
        try
        {
            log.Recover(state.Head, restored is null ? [] : snapshots.Gone, record =>
            {
                progress?.Read(record.Sequence);
                state.Apply(record);
            }, cancellationToken);
        }
        catch (LogDamagedException exception) when (snapshots.AreAllDamaged)
        {
            throw new LogDamagedException(
                "No snapshot can be read, and the log does not reach back to its beginning without one. "
                + "Start on a copy of the directory from a backup. "
                + $"What is wrong with the log: {exception.Message}",
                exception);
        }

        return state;
    }
}
