using MessageQueue.Diagnostics;
using MessageQueue.Storage.Files;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>Writes what a start has to write, after everything was read and before the server accepts requests.</summary>
internal sealed class RecoveryWrites(IFileSystem files, StorePaths paths, SegmentStarter starter, SegmentPreparer preparer, ILogger logger)
{
    /// <summary>Makes the recovered records durable, starts a segment for this run, and writes STORE if it is new or changed.</summary>
    /// <param name="recovered">The result of the reading.</param>
    /// <param name="found">The file of the store; null for a new one.</param>
    /// <param name="store">The file that it should become: the same, unless the store is new or a copy.</param>
    /// <returns>The segment to append to.</returns>
    public SegmentWriter Run(RecoveredLog recovered, StoreFile? found, StoreFile store)
    {
        if (recovered.IsTorn)
        {
            StorageLog.DroppedTornTail(logger, paths.Root, recovered.LastSequence);
        }

        if (recovered.Unsynced is { } batch)
        {
            WriteAgain(batch);
        }

        StoreDirectory.Ensure(files, paths.Segments);
        SegmentWriter writer = starter.Start(preparer.Take(), recovered.LastSequence + 1, recovered.Link);
        try
        {
            CommitStore(found, store);
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Makes the end of the log durable exactly as it was read, and changes only what lies after it. The last batch is written again,
    /// because it may have come from a page cache whose sync failed in the process before. The kernel marks such pages as clean, so a sync
    /// is meaningful only after they were written again.
    /// </summary>
    private void WriteAgain(UnsyncedBatch last)
    {
        Segment segment = last.Segment;
        using IFileHandle file = files.Open(segment.Path, writable: true);
        byte[] batch = new byte[segment.End - last.Offset];
        if (file.Read(batch, last.Offset) < batch.Length)
        {
            throw new EndOfStreamException($"'{segment.Path}' became shorter while it was being recovered.");
        }

        file.Write(batch, last.Offset);
        file.SetLength(segment.End);
        file.Sync();
    }

    private void CommitStore(StoreFile? found, StoreFile store)
    {
        if (found is { IsCopy: false })
        {
            // That STORE was read does not mean that its name is durable: the process that created it may have ended before it synced the
            // directory.
            files.SyncDirectory(paths.Root);
            return;
        }

        // The same is true of the directory itself: a process may have created it and ended before its name was durable.
        StoreDirectory.SyncEntry(files, paths.Root);
        store.Write(files, paths);
        if (found is null)
        {
            StorageLog.Created(logger, paths.Root, store.Id);
        }
        else if (found.Value.Log.IsUnknown)
        {
            StorageLog.StartedCopyOfUnknown(logger, paths.Root, $"{store.Log.Id:n}");
        }
        else
        {
            LogOrigin origin = store.Log.Origins[0];
            StorageLog.StartedCopy(logger, paths.Root, $"{store.Log.Id:n}", $"{origin.Id:n}", origin.UpTo);
        }
    }
}
