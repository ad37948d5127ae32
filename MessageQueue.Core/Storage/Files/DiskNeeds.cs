using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Files;

/// <summary>
/// How much of a disk a log needs so that events can be taken at all: the file being written, the next one, the reserve, and room for
/// snapshots. Keep in sync with docs/operating.md.
/// </summary>
internal sealed class DiskNeeds(IFileSystem files, StorePaths paths, int segmentBytes, long reserveBytes, ILogger logger)
{
    // What a snapshot needs depends on the state and not on an option; a quarter of a file of the log holds that of 100,000 sessions three
    // times.
    private const int SnapshotPart = 4;

    private long Bytes => (2L * segmentBytes) + reserveBytes + (segmentBytes / SnapshotPart);

    /// <summary>Looks at how much is free. A store that is there may be opened with less, for it has to be started to be drained.</summary>
    /// <exception cref="DiskFullException">A new store would not have enough.</exception>
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
                $"The disk of '{paths.Root}' has {available} bytes free and a new log needs {Bytes} (twice SegmentBytes, ReserveBytes, and a quarter of SegmentBytes for snapshots); "
                + "make room, choose another directory, or set SegmentBytes and ReserveBytes lower");
        }

        StorageLog.LittleRoom(logger, paths.Root, available, Bytes);
    }
}
