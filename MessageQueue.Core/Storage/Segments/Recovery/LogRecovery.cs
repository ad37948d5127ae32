using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>
/// Reads the log once, in order, and changes nothing. Of segments before a snapshot, only the header and the last record are read.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="paths">The paths of the log.</param>
/// <param name="store">The store; null if there is none yet.</param>
/// <param name="after">The sequence of the snapshot; records up to it are not passed on.</param>
/// <param name="dropped">The holes that are allowed.</param>
/// <param name="cancellationToken">Stops the reading.</param>
internal sealed class LogRecovery(
    IFileSystem files, StorePaths paths, StoreFile? store, long after, RangeSet dropped, CancellationToken cancellationToken)
{
    private readonly SegmentChain _chain = new(paths, store?.Id ?? default, dropped);
    private readonly List<string> _leftovers = [];

    /// <exception cref="LogDamagedException">Synced data cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The reading was stopped.</exception>
    public RecoveredLog Run(Action<LogRecord> apply)
    {
        long[] names = SegmentNames.List(files, paths);
        RecoveredLog recovered = store is null ? FindNothing(names) : Recover(names, apply);
        return recovered.LastSequence >= after
            ? recovered
            : throw DamageMessages.OfMissing(
                paths.Segments, recovered.LastSequence + 1, after, "the log ends before them, and the snapshot was made after them");
    }

    private RecoveredLog FindNothing(long[] names)
    {
        SegmentNames.RefuseWithoutStore(files, paths, names);
        return RecoveredLog.Empty;
    }

    private RecoveredLog Recover(long[] names, Action<LogRecord> apply)
    {
        if (names.Length == 0)
        {
            throw DamageMessages.OfFile(paths.Segments, "it holds no segment, and a store always has one");
        }

        for (int i = 0; i < names.Length - 1; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (dropped.Covers(names[i], names[i + 1] - 1))
            {
                _leftovers.Add(paths.Segment(names[i]));
            }
            else
            {
                RecoverSealed(names[i], dropped.EndBefore(names[i], names[i + 1]), apply);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        return RecoverLast(names[^1], apply);
    }

    private void RecoverSealed(long name, long lastSequence, Action<LogRecord> apply)
    {
        using IFileHandle file = files.Open(paths.Segment(name), writable: false);
        using var window = new FileWindow(file);
        SegmentHeader header = _chain.ReadHeader(name, window);
        bool isBeforeSnapshot = lastSequence <= after;
        var segment = new Segment(paths.Segment(name), header, isBeforeSnapshot ? null : new SparseIndex(name));
        if (isBeforeSnapshot)
        {
            LastRecordSearch.Run(segment, lastSequence, file, window);
        }
        else
        {
            var replay = new SegmentReplay(segment, window, after, cancellationToken);
            replay.Run(apply);
            SegmentEnd.CheckSealed(segment, replay, file, window, lastSequence + 1);
        }

        _chain.Add(segment);
    }

    private RecoveredLog RecoverLast(long name, Action<LogRecord> apply)
    {
        using IFileHandle file = files.Open(paths.Segment(name), writable: false);
        using var window = new FileWindow(file);
        SegmentHeader header = _chain.ReadHeader(name, window);
        var segment = new Segment(paths.Segment(name), header, new SparseIndex(name));
        var replay = new SegmentReplay(segment, window, after, cancellationToken);
        replay.Run(apply);
        bool isTorn = SegmentEnd.CheckLast(segment, replay, file, window);
        if (segment.IsEmpty)
        {
            // This segment was started after a sync of the one before it. It is empty, so a new one replaces it, with the same name and
            // link.
            return new RecoveredLog(_chain.Segments, name - 1, header.Previous, Unsynced: null, isTorn, _leftovers);
        }

        _chain.Add(segment);
        var last = new UnsyncedBatch(segment, replay.LastBatchOffset);
        return new RecoveredLog(_chain.Segments, segment.LastSequence, SegmentLink.To(segment), last, isTorn, _leftovers);
    }
}
