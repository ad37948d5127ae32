using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// A log small enough to try every case of: segments of 8 KiB, and background work done at once, so that operations have an order.
/// </summary>
internal static class SmallLog
{
    public const string Directory = "/data";

    public static SegmentLog Open(IFileSystem disk, Durability durability = Durability.Fsync, Action<Action>? background = null, int segmentBytes = SegmentLog.MinSegmentBytes) =>
        SegmentLog.Open(
            Directory, segmentBytes, durability, disk, TimeProvider.System, NullLogger.Instance, background ?? (work => work()));

    public static string Segment(long firstSequence) => new StorePaths(Directory).Segment(firstSequence);

    /// <summary>A payload that no other has, of a length that fits the number into it.</summary>
    public static byte[] Payload(int number, int length)
    {
        byte[] payload = new byte[length];
        new Random(number).NextBytes(payload);
        return payload;
    }

    /// <summary>
    /// What a crash may leave of a disk: a dead process, a power cut at once, and some that came while the disk was writing.
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

    /// <summary>Recovers, writes on into further segments, loses the power, recovers, closes, and recovers once more.</summary>
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

    /// <summary>A store with some batches in some segments, closed in order or left as by a crash.</summary>
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
