using MessageQueue.Diagnostics;
using MessageQueue.State;
using MessageQueue.Storage;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Snapshots;

/// <summary>The snapshots of the state, and the ranges that both kept snapshots list as dropped. One thread at a time.</summary>
internal sealed class StateSnapshots(ISnapshotStore store, ILogger logger)
{
    private IReadOnlyList<SequenceRange> _listed = [];

    /// <summary>The sequence of the newest snapshot; 0 if there is none.</summary>
    public long Newest { get; private set; }

    /// <summary>
    /// How far the log was read for the newest snapshot. This is beyond its own sequence if the log ends with records that do not change
    /// the state.
    /// </summary>
    public long Covered { get; private set; }

    /// <summary>
    /// What may be missing from the log, whichever kept snapshot a restart begins with: after a save, what the snapshot before lists as
    /// dropped.
    /// </summary>
    public IReadOnlyList<SequenceRange> Gone { get; private set; } = [];

    /// <summary>Whether the last <see cref="TryLoad"/> found snapshots and could read none of them.</summary>
    public bool AreAllDamaged { get; private set; }

    /// <summary>Returns the state of the newest readable snapshot; null if there is none.</summary>
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

    /// <summary>Saves the state, unless it is saved already.</summary>
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
