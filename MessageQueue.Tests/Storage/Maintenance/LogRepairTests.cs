using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage.Maintenance;

/// <summary>A repair loses only what cannot be read, and does not change the original log.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LogRepairTests
{
    [Test]
    public void A_sound_log_is_copied()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 9, payloadBytes: 900, close: true);
        ToolBox.Repair(disk).Should().BeEmpty();
        AssertHolds(disk, acknowledged, lost: []);
    }

    [Test]
    public void Every_flipped_bit_costs_at_most_the_record_that_it_is_in()
    {
        (SimulatedDisk original, Acknowledged acknowledged) = SmallLog.Write(batches: 6, payloadBytes: 600, close: true);
        IEnumerable<string> segments = original.ListFiles("/data/log").Where(name => name.EndsWith(".seg", StringComparison.Ordinal));
        foreach (string path in segments.Select(name => "/data/log/" + name))
        {
            int length = original.Raw(path).Length;
            for (int offset = SegmentHeader.Bytes; offset < length; offset += 13)
            {
                SimulatedDisk disk = original.AfterCrash(Survival.Everything);
                disk.Raw(path)[offset] ^= 4;
                IReadOnlyList<string> said = ToolBox.Repair(disk);
                ToolBox.Verify(disk, ToolBox.Copy).Findings.Should().BeEmpty();
                List<LogRecord> found = ToolBox.RecoverCopy(disk);
                found.Count.Should().BeGreaterThanOrEqualTo(acknowledged.Count - 1);
                IEnumerable<long> lost = acknowledged.Payloads.Keys.Except(found.Select(record => record.Sequence));
                lost.Where(sequence => !said.Contains($"'{path}' is damaged; lost of it: sequence {sequence}")).Should().BeEmpty();
                found.All(record => record.Payload.Span.SequenceEqual(acknowledged.Payloads[record.Sequence])).Should().BeTrue();
            }
        }
    }

    [Test]
    public void A_segment_whose_header_is_bad_is_lost_as_a_whole()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        disk.Raw(SmallLog.Segment(5))[100] ^= 1;
        ToolBox.Repair(disk).Should().ContainSingle().Which.Should().Contain(SmallLog.Segment(5));
        AssertHolds(disk, acknowledged, [5, 6, 7, 8]);
    }

    [Test]
    public void A_missing_segment_is_replaced_by_one_that_records_the_loss([Values(1, 9)] long first)
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        disk.Delete(SmallLog.Segment(first));
        ToolBox.Repair(disk).Should().ContainSingle().Which.Should().Contain($"sequences {first} to {first + 3} are lost");
        AssertHolds(disk, acknowledged, [first, first + 1, first + 2, first + 3]);
    }

    [Test]
    public void A_bad_or_missing_STORE_is_made_again([Values] bool missing)
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 5, payloadBytes: 1100, close: true);
        if (missing)
        {
            disk.Delete("/data/STORE");
        }
        else
        {
            disk.Raw("/data/STORE")[20] ^= 1;
        }

        ToolBox.Repair(disk).Should().ContainSingle().Which.Should().Contain("STORE");
        AssertHolds(disk, acknowledged, lost: []);
    }

    [Test]
    public void Holes_that_a_snapshot_lists_stay_and_a_bad_snapshot_is_left_out()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        Guid id = StoreFile.TryRead(disk, new StorePaths(SmallLog.Directory))!.Value.Id;
        ToolBox.Save(disk, id, 16, [new(5, 8)], [new(5, 8), new(9, 12)]);
        ToolBox.Save(disk, id, 20, [new(5, 12)], [new(5, 12)]);
        disk.Delete(SmallLog.Segment(5));
        disk.Delete(SmallLog.Segment(9));
        disk.Raw(new StorePaths(SmallLog.Directory).Snapshot(20))[70] ^= 1;

        ToolBox.Repair(disk).Should().HaveCount(2);
        AssertHolds(disk, acknowledged, [.. Enumerable.Range(5, 8)]);
    }

    [Test]
    public void A_log_in_use_is_not_repaired()
    {
        var disk = new SimulatedDisk();
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        Assert.Throws<LogLockedException>(() => ToolBox.Repair(disk));
        disk.DirectoryExists(ToolBox.Copy).Should().BeFalse();
    }

    [Test]
    public void A_target_that_is_not_empty_is_refused()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 5, payloadBytes: 100, close: true);
        ToolBox.Repair(disk);
        Assert.Throws<ArgumentException>(() => ToolBox.Repair(disk))!.Message.Should().Contain("not empty");
        Assert.Throws<ArgumentException>(() => ToolBox.Backup(disk))!.Message.Should().Contain("not empty");
    }

    private static void AssertHolds(SimulatedDisk disk, Acknowledged acknowledged, long[] lost)
    {
        ToolBox.Verify(disk, ToolBox.Copy).Findings.Should().BeEmpty();
        List<LogRecord> found = ToolBox.RecoverCopy(disk.AfterCrash(Survival.OnlySynced));
        found.Select(record => record.Sequence).Should().Equal(acknowledged.Payloads.Keys.Except(lost));
        found.All(record => record.Payload.Span.SequenceEqual(acknowledged.Payloads[record.Sequence])).Should().BeTrue();
    }
}
