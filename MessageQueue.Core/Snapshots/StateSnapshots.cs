using MessageQueue.Diagnostics;
using MessageQueue.State;
using MessageQueue.Storage;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Snapshots;

/// <summary>The snapshots of the state, and what the two that are kept both know to be dropped. One thread at a time.</summary>
internal sealed class StateSnapshots(ISnapshotStore store, ILogger logger)
{
    private IReadOnlyList<SequenceRange> _listed = [];

    /// <summary>The sequence of the newest one; 0 where there is none.</summary>
    public long Newest { get; private set; }

    /// <summary>
    /// How far the log was read for the newest one: beyond its own sequence where the log ends with records that are not the state's.
    /// </summary>
    public long Covered { get; private set; }

    /// <summary>
    /// What may be missing from the log, whichever of the kept ones a restart begins with: after a save, what the one before lists as
    /// dropped.
    /// </summary>
    public IReadOnlyList<SequenceRange> Gone { get; private set; } = [];

    /// <summary>Whether the last <see cref="TryLoad"/> found snapshots and could read none of them.</summary>
    public bool AreAllDamaged { get; private set; }

    /// <summary>The state of the newest snapshot that can be read; null where there is none.</summary>
    public ServerState? TryLoad()
    {
        IReadOnlyList<long> sequences = store.Sequences;
        for (int i = 0; i < sequences.Count; i++)
        {
            try
            {
                Snapshot snapshot = Read(sequences[i]);
                Newest = sequences[i];
                Covered = Math.Max(Covered, Newest);
                _listed = [.. snapshot.State.Dropped.Items];
                Gone = i == 0 ? snapshot.Gone : _listed;
                return snapshot.State;
            }
            catch (LogDamagedException exception)
            {
                RetentionLog.SnapshotUnreadable(logger, sequences[i], exception);
            }
        }

        AreAllDamaged = sequences.Count > 0;
        return null;
    }

    /// <summary>Saves the state, unless that was done.</summary>
    /// <param name="state">The state.</param>
    /// <param name="upTo">How far the log was read for it.</param>
    public void Save(ServerState state, long upTo)
    {
        if (state.Head > Newest)
        {
            store.Save(state.Head, stream => SnapshotCodec.Write(state, _listed, stream));
            Newest = state.Head;
            Gone = _listed;
            _listed = [.. state.Dropped.Items];
        }

        Covered = Math.Max(Newest, upTo);
    }

    private Snapshot Read(long sequence)
    {
        using Stream stream = store.Open(sequence);
        return SnapshotCodec.Read(stream);
    }
}
