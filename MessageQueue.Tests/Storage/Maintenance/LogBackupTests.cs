using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage.Maintenance;

/// <summary>A backup of a running log is that log as it was at one moment of the backup.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LogBackupTests
{
    [Test]
    public void A_backup_has_everything_acknowledged_before_it_began()
    {
        var disk = new SimulatedDisk();
        var acknowledged = new Acknowledged();
        using SegmentLog log = SmallLog.Open(disk);
        acknowledged.Recover(log);
        for (int i = 0; i < 30; i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 700), SmallLog.Payload(i, 20));
            string copy = $"/copies{i}";
            ToolBox.Backup(disk, to: copy).Should().Be(log.LastSequence);
            ToolBox.Verify(disk, copy).Findings.Should().BeEmpty();
            ToolBox.RecoverCopy(disk.AfterCrash(Survival.OnlySynced), copy).Select(record => record.Sequence)
                .Should().Equal(acknowledged.Payloads.Keys);
        }
    }

    [Test]
    public void Damage_ends_a_backup_and_leaves_no_store()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        disk.Raw(SmallLog.Segment(5))[SegmentHeader.Bytes + 50] ^= 1;
        Assert.Throws<LogDamagedException>(() => ToolBox.Backup(disk))!.Message.Should().Contain(SmallLog.Segment(5));
        disk.FileExists(ToolBox.Copy + "/STORE").Should().BeFalse();
    }

    [Test]
    public void A_half_written_batch_is_not_copied()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 3, payloadBytes: 900, close: false);
        string last = SmallLog.Segment(disk.ListFiles("/data/log").Select(StorePaths.ParseSegment).OfType<long>().Max());
        disk.Raw(last).Slice(SegmentHeader.Bytes + 2000, 100).Fill(7);
        ToolBox.Backup(disk);
        ToolBox.Verify(disk, ToolBox.Copy).IsTorn.Should().BeFalse();
        ToolBox.RecoverCopy(disk).Select(record => record.Sequence).Should().Equal(acknowledged.Payloads.Keys);
    }

    [Test]
    public void A_segment_dropped_during_a_backup_is_left_out_without_starting_over()
    {
        var disk = new SimulatedDisk();
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        Fill(log, segments: 15);
        SequenceRange[] gone = [.. log.SealedExtents.Skip(1).Take(12).Select(ToRange)];
        ToolBox.Save(disk, log.StoreId, log.SealedExtents[^1].LastSequence, gone, gone);
        int looks = 0;
        var files = new ListenedFiles(disk, () => log.Drop([gone[Math.Min(looks++, gone.Length - 1)].First]));

        ToolBox.Backup(files).Should().Be(log.LastSequence);

        looks.Should().BeLessThanOrEqualTo(5, "each is taken once");
        ToolBox.Verify(disk, ToolBox.Copy).Findings.Should().BeEmpty();
        ToolBox.RecoverCopy(disk).Select(record => record.Sequence).Should().Equal(Kept(log, gone));
    }

    [Test]
    public void A_backup_succeeds_although_the_server_keeps_making_snapshots_and_dropping_segments([Values(1, 2, 3, 10, 50)] int looks)
    {
        var disk = new SimulatedDisk();
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        Fill(log, segments: 4);
        List<SequenceRange> gone = [];
        var files = new ListenedFiles(disk, () =>
        {
            if (looks-- > 0)
            {
                gone.Add(ToRange(log.SealedExtents[1]));
                Fill(log, segments: 2);
                ToolBox.Save(disk, log.StoreId, log.SealedExtents[^1].LastSequence, gone, gone);
                log.Drop([gone[^1].First]);
            }
        });

        ToolBox.Backup(files).Should().Be(log.LastSequence);

        ToolBox.Verify(disk, ToolBox.Copy).Findings.Should().BeEmpty();
        ToolBox.RecoverCopy(disk).Select(record => record.Sequence).Should().Equal(Kept(log, gone));
    }

    [Test]
    public async Task Backups_run_beside_appends_snapshots_and_drops()
    {
        using var directory = new TemporaryDirectory();
        string data = Path.Combine(directory.FullName, "data");
        using SegmentLog log = SegmentLog.Open(
            data, SegmentLog.MinSegmentBytes, Durability.Os, DiskFileSystem.Instance, TimeProvider.System, NullLogger.Instance);
        log.Recover(_ => { });
        using var stop = new CancellationTokenSource();
        Task living = Task.Run(() => Live(log, data, stop.Token));
        for (int i = 0; i < 25; i++)
        {
            long before = log.LastSequence;
            string copy = Path.Combine(directory.FullName, $"copy{i}");
            ToolBox.Backup(DiskFileSystem.Instance, data, copy).Should().BeGreaterThanOrEqualTo(before);
            ToolBox.Verify(DiskFileSystem.Instance, copy).Findings.Should().BeEmpty();
            ToolBox.RecoverCopy(DiskFileSystem.Instance, copy)
                .All(record => record.Payload.Span.SequenceEqual(Payload(record.Sequence))).Should().BeTrue();
            ToolBox.Verify(DiskFileSystem.Instance, data).Findings.Should().BeEmpty("the segment of the running log is checked as well");
            Directory.Delete(copy, recursive: true);
        }

        await stop.CancelAsync();
        await living.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static SequenceRange ToRange(LogExtent extent) => new(extent.FirstSequence, extent.LastSequence);

    private static IEnumerable<long> Kept(SegmentLog log, IEnumerable<SequenceRange> gone) =>
        Enumerable.Range(1, (int)log.LastSequence).Select(i => (long)i).Where(i => !gone.Any(range => i >= range.First && i <= range.Last));

    private static void Fill(SegmentLog log, int segments)
    {
        for (int sealedOnes = log.SealedExtents.Count; log.SealedExtents.Count < sealedOnes + segments;)
        {
            log.Append([new LogEntry(1, 1, Payload(log.LastSequence + 1))], 1_000);
        }
    }

    private static byte[] Payload(long sequence) => SmallLog.Payload((int)sequence, 200 + ((int)sequence % 300));

    /// <summary>Appends batches. Every few segments it saves a snapshot and drops what the snapshot before it lists.</summary>
    private static void Live(SegmentLog log, string data, CancellationToken stop)
    {
        List<SequenceRange> listed = [];
        long snapshot = 0;
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            long next = log.LastSequence + 1;
            log.Append([new LogEntry(1, 1, Payload(next)), new LogEntry(1, 1, Payload(next + 1))], 1_000);
            IReadOnlyList<LogExtent> extents = log.SealedExtents;
            if (extents.Count < 8 || extents[^1].LastSequence < snapshot + 60)
            {
                continue;
            }

            // Every third segment stays, as if it held a pending event.
            SequenceRange[] known = [.. listed];
            listed.AddRange(extents.Where(extent => extent.LastSequence <= snapshot && extent.FirstSequence % 3 != 0)
                .Select(extent => new SequenceRange(extent.FirstSequence, extent.LastSequence)).Except(listed));
            listed.Sort((x, y) => x.First.CompareTo(y.First));
            snapshot = extents[^1].LastSequence;
            ToolBox.Save(DiskFileSystem.Instance, log.StoreId, snapshot, known, [.. listed], data);
            log.Drop([.. known.Select(range => range.First)]);
        }
    }
}
