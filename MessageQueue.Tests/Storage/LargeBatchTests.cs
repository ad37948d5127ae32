using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>A recovery passes on whole batches, however many reads one takes.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LargeBatchTests
{
    private const int SegmentBytes = 8 << 20;

    [Test]
    public void A_batch_larger_than_one_read_is_recovered_whole()
    {
        (SimulatedDisk disk, Acknowledged acknowledged, _) = Write();

        using SegmentLog log = SmallLog.Open(disk, segmentBytes: SegmentBytes);
        acknowledged.Recover(log);
    }

    [Test]
    public void A_large_batch_with_a_bad_record_is_dropped_whole()
    {
        (SimulatedDisk disk, _, long end) = Write();
        disk.Raw(SmallLog.Segment(1))[(int)end - 64] ^= 1;

        List<long> found = [];
        using SegmentLog log = SmallLog.Open(disk, segmentBytes: SegmentBytes);
        log.Recover(record => found.Add(record.Sequence));

        found.Should().Equal(1, 2, 3);
    }

    private static (SimulatedDisk Disk, Acknowledged Acknowledged, long End) Write()
    {
        var disk = new SimulatedDisk();
        var acknowledged = new Acknowledged();
        SegmentLog log = SmallLog.Open(disk, segmentBytes: SegmentBytes);
        acknowledged.Recover(log);
        for (int i = 0; i < 3; i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 100_000));
        }

        acknowledged.Append(log, [.. Enumerable.Range(3, 9).Select(static number => SmallLog.Payload(number, 200_000))]);
        return (disk.AfterCrash(Survival.Everything), acknowledged, SegmentHeader.Bytes + (3 * 100_032) + (9 * 200_032));
    }
}
