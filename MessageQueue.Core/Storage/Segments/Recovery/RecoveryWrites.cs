using MessageQueue.Diagnostics;
using MessageQueue.Storage.Files;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>Writes what a start has to, after all was read and before anything is served.</summary>
internal sealed class RecoveryWrites(IFileSystem files, StorePaths paths, SegmentStarter starter, SegmentPreparer preparer, ILogger logger)
{
    /// <summary>Makes durable what was read, starts a segment of this run's own, and makes a new store one.</summary>
    /// <param name="recovered">What was read.</param>
    /// <param name="found">The file of the store; null for a new one.</param>
    /// <param name="store">What it is to be: the same, unless the store is new or a copy.</param>
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
    /// Makes the end of the log durable as it was read, and changes nothing but what lies behind it. The last batch is written again: it
    /// may have been read from a page cache whose sync failed in the process before. The kernel calls such pages clean, and only writing
    /// them anew makes the sync mean something.
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
            // STORE was seen, which does not make its name durable: its creator may have died before it synced the directory.
            files.SyncDirectory(paths.Root);
            return;
        }

        // A directory that was there before may be one that a process created, and died before its name was durable.
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
