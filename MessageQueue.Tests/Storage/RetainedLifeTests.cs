using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// Random lives of a store that is trimmed: batches, snapshots, drops, closes, crashes, and faults at random operations. Events that
/// were not marked as dropped are never lost, and events that were never come back.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class RetainedLifeTests
{
    [Test]
    public void Only_dropped_records_are_removed([Range(0, 399)] int seed)
    {
        var random = new Random(seed);
        var acknowledged = new Acknowledged();
        var disk = new SimulatedDisk();
        SegmentLog? log = null;
        long after = 0;
        for (int step = 0; step < 60; step++)
        {
            try
            {
                if (log is null)
                {
                    log = SmallLog.Open(disk);
                    acknowledged.Recover(log, after);
                }

                Step(random, acknowledged, disk, ref log, ref after);
            }
            catch (LogFailedException)
            {
                disk.FailedOperation.Should().NotBeNull();
                log = null;
                disk = disk.AfterCrash((Survival)random.Next(3), random.Next());
            }

            if (random.Next(12) == 0)
            {
                log = null;
                disk = disk.AfterCrash((Survival)random.Next(3), random.Next());
            }
        }

        disk = disk.AfterCrash(Survival.OnlySynced);
        using SegmentLog last = SmallLog.Open(disk);
        acknowledged.Recover(last, after);
        AssertReadable(last, acknowledged);
        disk.ListFiles("/data/log").Select(StorePaths.ParseSegment).OfType<long>()
            .Should().NotContain(name => acknowledged.Dropped.Any(range => range.First <= name && name <= range.Last));
    }

    private static void Step(Random random, Acknowledged acknowledged, SimulatedDisk disk, ref SegmentLog? log, ref long after)
    {
        IReadOnlyList<LogExtent> extents = log!.SealedExtents;
        switch (random.Next(12))
        {
            case < 6:
                acknowledged.Append(log, [.. Enumerable.Range(0, random.Next(1, 5)).Select(i => SmallLog.Payload(i, random.Next(900)))]);
                break;
            case 6 when extents.Count > 0:
                after = Math.Max(after, extents[random.Next(extents.Count)].LastSequence - random.Next(2));
                break;
            case 7 or 8:
                long snapshot = after;
                LogExtent[] going = [.. extents.Where(extent => extent.LastSequence <= snapshot && random.Next(3) == 0)];
                acknowledged.Drop(going);
                log.Drop([.. going.Select(extent => extent.FirstSequence)]);
                break;
            case 9:
                AssertReadable(log, acknowledged);
                break;
            case 10:
                disk.FailAt(random.Next(1, 12), (FaultKind)random.Next(5));
                break;
            case 11:
                log.Dispose();
                log = null;
                break;
        }
    }

    private static void AssertReadable(SegmentLog log, Acknowledged acknowledged)
    {
        long[] all = [.. Enumerable.Range(1, (int)log.LastSequence).Select(i => (long)i)];
        var records = new LogRecord[all.Length];
        int count = log.Read(all, records, int.MaxValue, out _);
        List<long> replayed = [];
        log.Replay(0, long.MaxValue, record => replayed.Add(record.Sequence));
        replayed.Should().Equal(acknowledged.Payloads.Keys);
        records.Take(count).Select(record => record.Sequence).Should().Equal(acknowledged.Payloads.Keys);
        records.Take(count).All(record => record.Payload.Span.SequenceEqual(acknowledged.Payloads[record.Sequence])).Should().BeTrue();
    }
}
