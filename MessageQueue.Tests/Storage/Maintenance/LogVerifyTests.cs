using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage.Maintenance;

[Parallelizable(ParallelScope.All)]
internal sealed class LogVerifyTests
{
    [Test]
    public void A_sound_log_has_no_findings([Values] bool close)
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 9, payloadBytes: 900, close);
        int operations = disk.Operations;
        VerificationReport report = ToolBox.Verify(disk);
        report.Findings.Should().BeEmpty();
        report.Records.Should().Be(acknowledged.Count);
        report.IsTorn.Should().BeFalse();
        disk.Operations.Should().Be(operations);
    }

    [Test]
    public void A_log_can_be_verified_while_the_server_runs()
    {
        var disk = new SimulatedDisk();
        var acknowledged = new Acknowledged();
        using SegmentLog log = SmallLog.Open(disk);
        acknowledged.Recover(log);
        for (int i = 0; i < 40; i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 700));
            VerificationReport report = ToolBox.Verify(disk);
            report.Findings.Should().BeEmpty();
            report.LastSequence.Should().Be(i + 1);
        }
    }

    [Test]
    public void Segments_that_the_server_drops_meanwhile_are_not_reported()
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        Fill(log, segments: 3);
        long newest = log.LastSequence;
        ToolBox.Save(disk, log.StoreId, newest, [], []);
        bool dropped = false;

        // The segment that was the last one when the check began must be gone when the check reaches it.
        VerificationReport report = ToolBox.Verify(disk, progress: new Meanwhile(() =>
        {
            if (!dropped)
            {
                dropped = true;
                Fill(log, segments: 2);
                LogExtent[] gone = [.. log.SealedExtents.Where(extent => extent.LastSequence >= newest)];
                ToolBox.Save(
                    disk, log.StoreId, log.LastSequence,
                    [.. gone.Select(extent => new SequenceRange(extent.FirstSequence, extent.LastSequence))], []);
                log.Drop([.. gone.Select(extent => extent.FirstSequence)]);
            }
        }));

        dropped.Should().BeTrue();
        report.Findings.Should().BeEmpty();
    }

    [Test]
    public void A_torn_tail_is_not_a_finding()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 3, payloadBytes: 900, close: false);
        disk.Raw(Last(disk)).Slice(SegmentHeader.Bytes + 2000, 100).Fill(7);
        VerificationReport report = ToolBox.Verify(disk);
        report.Findings.Should().BeEmpty();
        report.IsTorn.Should().BeTrue();
    }

    [Test]
    public void Every_damaged_segment_is_reported()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        disk.Raw(SmallLog.Segment(5))[SegmentHeader.Bytes + 50] ^= 1;
        disk.Raw(SmallLog.Segment(13))[10] ^= 1;
        VerificationReport report = ToolBox.Verify(disk);
        report.Findings.Should().HaveCount(2);
        report.Findings[0].Should().Contain(SmallLog.Segment(5)).And.Contain("offset 4096").And.Contain("sequence 5");
        report.Findings[1].Should().Contain(SmallLog.Segment(13)).And.Contain("offset 0");
    }

    [Test]
    public void A_missing_segment_is_reported_unless_a_snapshot_lists_it([Values] bool known)
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        disk.Delete(SmallLog.Segment(9));
        if (known)
        {
            ToolBox.Save(disk, StoreIdOf(disk), 16, [new(9, 12)], []);
        }

        VerificationReport report = ToolBox.Verify(disk);
        report.Findings.Count(finding => finding.Contains("sequences 9 to 12 are missing", StringComparison.Ordinal))
            .Should().Be(known ? 0 : 1);
        report.Findings.Should().HaveCount(known ? 0 : 1);
    }

    [Test]
    public void A_bad_snapshot_a_log_that_ends_early_and_no_store_are_findings()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 5, payloadBytes: 500, close: true);
        ToolBox.Save(disk, StoreIdOf(disk), 99, [], []);
        ToolBox.Verify(disk).Findings.Should().ContainSingle().Which.Should().Contain("99");
        disk.Raw(new StorePaths(SmallLog.Directory).Snapshot(99))[70] ^= 1;
        ToolBox.Verify(disk).Findings.Should().ContainSingle().Which.Should().Contain("snapshot");
        disk.Delete(SmallLog.Directory + "/STORE");
        ToolBox.Verify(disk).Findings.Should().ContainSingle().Which.Should().Contain("STORE");
    }

    [Test]
    public void A_dump_prints_the_range_and_continues_after_damage()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        List<long> sequences = [];
        ToolBox.Dump(disk, after: 6, upTo: 11, record => sequences.Add(record.Sequence)).Findings.Should().BeEmpty();
        sequences.Should().Equal(7, 8, 9, 10, 11);

        disk.Raw(SmallLog.Segment(5))[SegmentHeader.Bytes + 50] ^= 1;
        sequences.Clear();
        ToolBox.Dump(disk, 0, long.MaxValue, record => sequences.Add(record.Sequence)).Findings.Should().ContainSingle();
        sequences.Should().Equal(Enumerable.Range(1, 28).Select(i => (long)i).Where(i => i is < 5 or > 8));
    }

    private static string Last(SimulatedDisk disk) =>
        SmallLog.Segment(disk.ListFiles("/data/log").Select(StorePaths.ParseSegment).OfType<long>().Max());

    private static Guid StoreIdOf(SimulatedDisk disk) => StoreFile.TryRead(disk, new StorePaths(SmallLog.Directory))!.Value.Id;

    private static void Fill(SegmentLog log, int segments)
    {
        for (int sealedOnes = log.SealedExtents.Count; log.SealedExtents.Count < sealedOnes + segments;)
        {
            log.Append([new LogEntry(1, 1, new byte[1000])], 1);
        }
    }

    private sealed class Meanwhile(Action happens) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => happens();
    }
}
