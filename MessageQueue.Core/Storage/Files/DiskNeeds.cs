using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Files;

/// <summary>
/// How much disk space a log needs before it can accept events: the file being written, the next one, the reserve, and room for snapshots.
/// Keep in sync with docs/operating.md.
/// </summary>
internal sealed class DiskNeeds(IFileSystem files, StorePaths paths, int segmentBytes, long reserveBytes, ILogger logger)
{
    // The size of a snapshot depends on the state, not on an option. A quarter of a log file holds the snapshot of 100,000 sessions three
    // times.
    private const int SnapshotPart = 4;

    private long Bytes => (2L * segmentBytes) + reserveBytes + (segmentBytes / SnapshotPart);

    /// <summary>
    /// Checks the free space. An existing store may be opened with less, because it must run so that its sessions can free space.
    /// </summary>
    /// <exception cref="DiskFullException">There is too little space for a new store.</exception>
    public void Check(bool isNew)
    {
        long free = files.FreeBytes(paths.Root);
        if (free == long.MaxValue)
        {
            return;
        }

        long available = free + DiskReserve.Held(files, paths.Reserve) + DiskReserve.Held(files, paths.NextSegment);
        if (available >= Bytes)
        {
            return;
        }

        if (isNew)
        {
            throw new DiskFullException(
                $"The disk of '{paths.Root}' has {available} bytes free and a new log needs {Bytes} "
                + "(twice SegmentBytes, ReserveBytes, and a quarter of SegmentBytes for snapshots); "
                + "make room, choose another directory, or set SegmentBytes and ReserveBytes lower");
        }

        StorageLog.LittleRoom(logger, paths.Root, available, Bytes);
    }
}
