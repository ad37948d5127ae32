using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// A log so small that every case can be tried: segments of 8 KiB, and background work that runs immediately, so that the order of
/// operations is fixed.
/// </summary>
internal static class SmallLog
{
    public const string Directory = "/data";

    public static SegmentLog Open(
        IFileSystem disk, Durability durability = Durability.Fsync, Action<Action>? background = null,
        int segmentBytes = SegmentLog.MinSegmentBytes) =>
        SegmentLog.Open(
            Directory, segmentBytes, durability, disk, TimeProvider.System, NullLogger.Instance, background ?? (work => work()));

    public static string Segment(long firstSequence) => new StorePaths(Directory).Segment(firstSequence);

    /// <summary>Returns a payload that differs from every other, long enough to hold its number.</summary>
    public static byte[] Payload(int number, int length)
    {
        byte[] payload = new byte[length];
        new Random(number).NextBytes(payload);
        return payload;
    }

    /// <summary>
    /// Returns what a crash may leave of a disk: after a dead process, after an immediate power cut, and after several power cuts while
    /// the disk was writing.
    /// </summary>
    public static IEnumerable<SimulatedDisk> Crashes(SimulatedDisk disk, int seed, int randomCuts)
    {
        yield return disk.AfterCrash(Survival.Everything);
        yield return disk.AfterCrash(Survival.OnlySynced);
        for (int i = 0; i < randomCuts; i++)
        {
            yield return disk.AfterCrash(Survival.Random, (seed * 1000) + i);
        }
    }

    /// <summary>Recovers, writes several more segments, loses the power, recovers, closes, and recovers once more.</summary>
    public static void RecoverAndGoOn(SimulatedDisk disk, Acknowledged acknowledged)
    {
        SegmentLog log = Open(disk);
        acknowledged.Recover(log);
        for (int i = 0; i < 3; i++)
        {
            acknowledged.Append(log, Payload(i, 1500), Payload(i + 1, 10));
        }

        disk = disk.AfterCrash(Survival.OnlySynced);
        using (SegmentLog again = Open(disk))
        {
            acknowledged.Recover(again);
            acknowledged.Append(again, Payload(7, 7));
        }

        using SegmentLog third = Open(disk);
        acknowledged.Recover(third);
    }

    /// <summary>Writes batches over several segments, and closes the log or leaves it as a crash does.</summary>
    public static (SimulatedDisk Disk, Acknowledged Acknowledged) Write(int batches, int payloadBytes, bool close)
    {
        var disk = new SimulatedDisk();
        var acknowledged = new Acknowledged();
        SegmentLog log = Open(disk);
        acknowledged.Recover(log);
        for (int i = 0; i < batches; i++)
        {
            acknowledged.Append(log, Payload(2 * i, payloadBytes), Payload((2 * i) + 1, payloadBytes / 2));
        }

        if (close)
        {
            log.Dispose();
        }

        return (disk.AfterCrash(Survival.Everything), acknowledged);
    }
}
