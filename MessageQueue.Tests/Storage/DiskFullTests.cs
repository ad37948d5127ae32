using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>A full disk: it is reported early, the reserve carries the log through it, and it ends by itself.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DiskFullTests
{
    private const int SegmentBytes = 64 * 1024;
    private const string Reserve = SmallLog.Directory + "/RESERVE";
    private const string Other = "/other";

    [Test]
    public void A_full_disk_is_reported_while_most_of_a_segment_is_left()
    {
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, _) = Start(capacity: 6 * SegmentBytes);
        int changes = 0;
        log.Changed += () => changes++;
        FillUp(log, acknowledged);

        changes.Should().Be(1);
        disk.FileExists(Reserve).Should().BeFalse();
        long before = log.LastSequence;

        // No more events, and at most half a segment of everything else before another segment is started.
        for (int bytes = 0; bytes < SegmentBytes / 2; bytes += 150)
        {
            acknowledged.Append(log, SmallLog.Payload(bytes, 100));
        }

        log.SealedExtents.Should().OnlyContain(extent => extent.LastSequence <= before);
        log.HasRoom.Should().BeFalse();
    }

    [Test]
    public void Without_room_acknowledgements_and_snapshots_go_on()
    {
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, _) = Start(capacity: 6 * SegmentBytes);
        FillUp(log, acknowledged);
        for (int bytes = 0; bytes < SegmentBytes; bytes += 150)
        {
            acknowledged.Append(log, SmallLog.Payload(bytes, 100));
        }

        new FileSnapshotStore(SmallLog.Directory, log.StoreId, disk, NullLogger.Instance)
            .Save(1, stream => stream.Write(new byte[SegmentBytes / 3]));
        AssertRecovers(disk, acknowledged);
    }

    [Test]
    public void A_drop_makes_room_at_once()
    {
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, _) = Start(capacity: 6 * SegmentBytes);
        FillUp(log, acknowledged);
        int changes = 0;
        log.Changed += () => changes++;

        LogExtent[] extents = [.. log.SealedExtents.Take(2)];
        acknowledged.Drop(extents);
        log.Drop([extents[0].FirstSequence]);
        log.Drop([extents[1].FirstSequence]);

        log.HasRoom.Should().BeTrue();
        changes.Should().Be(1);
        disk.FileExists(Reserve).Should().BeTrue("the reserve is back before the first event is accepted");
        FillUp(log, acknowledged);
        AssertRecovers(disk, acknowledged);
    }

    [Test]
    public void Space_that_others_free_is_found_within_a_second()
    {
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, ManualTimeProvider time) = Start(capacity: 20 * SegmentBytes);
        Occupy(disk, 15 * SegmentBytes);
        FillUp(log, acknowledged);
        time.Advance(TimeSpan.FromSeconds(10));
        log.HasRoom.Should().BeFalse();

        disk.Delete(Other);
        log.HasRoom.Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        log.HasRoom.Should().BeTrue();
        disk.FileExists(Reserve).Should().BeTrue();
    }

    [Test]
    public void Too_little_room_is_not_enough()
    {
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, ManualTimeProvider time) = Start(capacity: 20 * SegmentBytes);
        Occupy(disk, 15 * SegmentBytes);
        FillUp(log, acknowledged);

        // There is room for the rest of a segment, but not quite for the reserve: an event accepted now would be refused a moment later.
        const int Wanted = (SegmentBytes * 3 / 4) + SegmentBytes;
        disk.Delete(Other);
        Occupy(disk, Free(disk) - Wanted + 1);
        time.Advance(TimeSpan.FromSeconds(5));
        log.HasRoom.Should().BeFalse();

        disk.Delete(Other);
        Occupy(disk, Free(disk) - Wanted);
        time.Advance(TimeSpan.FromSeconds(1));
        log.HasRoom.Should().BeTrue();
    }

    [Test]
    public void A_start_on_a_full_disk_serves_everything_but_events([Values] bool hasReserve)
    {
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, _) = Start(capacity: 20 * SegmentBytes);
        for (int i = 0; i < 100; i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 1000));
        }

        disk = disk.AfterCrash(Survival.Everything);
        if (!hasReserve)
        {
            disk.Delete(Reserve);
        }

        disk.Delete(SmallLog.Directory + "/log/next.tmp");
        Occupy(disk, Free(disk) - (hasReserve ? 0 : SegmentBytes / 3));
        using SegmentLog again = Open(disk, new ManualTimeProvider());
        acknowledged.Recover(again);
        again.HasRoom.Should().BeFalse();
        for (int i = 0; i < 50; i++)
        {
            acknowledged.Append(again, SmallLog.Payload(i, 50));
        }

        AssertRecovers(disk, acknowledged);
    }

    [Test]
    public void A_full_disk_during_a_write_is_a_failed_write()
    {
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, _) = Start(capacity: 6 * SegmentBytes);
        FillUp(log, acknowledged);
        LogFailedException failure = Assert.Throws<LogFailedException>(() =>
        {
            // A writer that ignores it fails.
            for (int i = 0; ; i++)
            {
                acknowledged.Append(log, SmallLog.Payload(i, 10_000));
            }
        })!;
        failure.Message.Should().Contain("no space");
        disk.Capacity = long.MaxValue;
        AssertRecovers(disk, acknowledged);
    }

    [Test]
    public void A_writer_that_checks_for_space_never_fails([Range(0, 149)] int seed)
    {
        var random = new Random(seed);
        (SegmentLog log, SimulatedDisk disk, Acknowledged acknowledged, ManualTimeProvider time) = Start(
            random.Next(5, 12) * SegmentBytes + random.Next(SegmentBytes));
        for (int step = 0; step < 400; step++)
        {
            int small = random.Next(120);
            if (log.HasRoom)
            {
                acknowledged.Append(log, SmallLog.Payload(step, random.Next(16_000)));
            }
            else if (random.Next(8) == 0 && log.SealedExtents is [_, ..] extents)
            {
                LogExtent extent = extents[random.Next(extents.Count)];
                acknowledged.Drop(extent);
                log.Drop([extent.FirstSequence]);
            }

            acknowledged.Append(log, SmallLog.Payload(step, small));
            if (random.Next(20) == 0)
            {
                time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        AssertRecovers(disk, acknowledged);
    }

    private static (SegmentLog Log, SimulatedDisk Disk, Acknowledged Acknowledged, ManualTimeProvider Time) Start(long capacity)
    {
        var disk = new SimulatedDisk { Capacity = capacity };
        var time = new ManualTimeProvider();
        SegmentLog log = Open(disk, time);
        var acknowledged = new Acknowledged();
        acknowledged.Recover(log);
        log.HasRoom.Should().BeTrue();
        disk.FileExists(Reserve).Should().BeTrue();
        return (log, disk, acknowledged, time);
    }

    private static SegmentLog Open(SimulatedDisk disk, TimeProvider time) => SegmentLog.Open(
        SmallLog.Directory, SegmentBytes, Durability.Fsync, disk, time, NullLogger.Instance, work => work(), reserveBytes: SegmentBytes);

    /// <summary>Appends events as long as the log accepts them.</summary>
    private static void FillUp(SegmentLog log, Acknowledged acknowledged)
    {
        for (int i = 0; log.HasRoom; i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 1000));
        }
    }

    private static long Free(SimulatedDisk disk) => disk.Capacity - disk.Contents().Values.Sum(file => (long)file.Length);

    private static void Occupy(SimulatedDisk disk, long bytes)
    {
        using IFileHandle file = disk.Create(Other);
        file.Allocate(bytes);
    }

    private static void AssertRecovers(SimulatedDisk disk, Acknowledged acknowledged)
    {
        SimulatedDisk crashed = disk.AfterCrash(Survival.OnlySynced);
        using SegmentLog log = Open(crashed, new ManualTimeProvider());
        acknowledged.Clone().Recover(log);
    }
}
