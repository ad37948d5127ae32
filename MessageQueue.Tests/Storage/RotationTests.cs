using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

[Parallelizable(ParallelScope.All)]
internal sealed class RotationTests
{
    [Test]
    public void A_full_segment_is_truncated_to_its_records_and_the_next_one_was_prepared_before()
    {
        var disk = new SimulatedDisk();
        var created = new List<string>();
        disk.Observe = (operation, path) =>
        {
            if (operation == DiskOperation.Create)
            {
                created.Add(path);
            }
        };
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        for (int i = 0; i < 5; i++)
        {
            log.Append([Entry(1500)], 1);
        }

        int record = RecordCodec.SizeOf(1500);
        disk.Contents()[SmallLog.Segment(1)].Should().HaveCount(SegmentHeader.Bytes + (2 * record));
        disk.Contents()[SmallLog.Segment(3)].Should().HaveCount(SegmentHeader.Bytes + (2 * record));
        disk.Contents()[SmallLog.Segment(5)].Should().HaveCount(SegmentLog.MinSegmentBytes);
        disk.Contents()["/data/log/next.tmp"].Should().HaveCount(SegmentLog.MinSegmentBytes).And.OnlyContain(value => value == 0);

        // Recovery prepares the first one; after that each segment prepares the next one.
        created.Should().Equal("/data/log/next.tmp", "/data/STORE.tmp", "/data/log/next.tmp", "/data/log/next.tmp", "/data/log/next.tmp");
    }

    [Test]
    public void One_batch_makes_one_write_and_one_sync()
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        log.Append([Entry(10)], 1);
        var operations = new List<DiskOperation>();
        disk.Observe = (operation, _) => operations.Add(operation);
        log.Append([Entry(10), Entry(20), Entry(0)], 1);
        operations.Should().Equal(DiskOperation.Write, DiskOperation.Sync);
    }

    [Test]
    public void With_durability_os_a_batch_is_written_and_not_synced()
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk, Durability.Os);
        log.Recover(_ => { });
        log.Append([Entry(10)], 1);
        var operations = new List<DiskOperation>();
        disk.Observe = (operation, _) => operations.Add(operation);
        log.Append([Entry(10)], 1);
        operations.Should().Equal(DiskOperation.Write);
    }

    [Test]
    public void The_next_segment_is_durable_in_content_and_name_before_a_record_is_in_it()
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        log.Append([Entry(2000)], 1);
        log.Append([Entry(1900)], 1);
        var operations = new List<(DiskOperation, string)>();
        disk.Observe = (operation, path) => operations.Add((operation, Path.GetFileName(path)));
        log.Append([Entry(2000)], 1);
        operations.Take(6).Should().Equal(
            (DiskOperation.Write, "next.tmp"),
            (DiskOperation.Sync, "next.tmp"),
            (DiskOperation.Rename, Path.GetFileName(SmallLog.Segment(3))),
            (DiskOperation.SyncDirectory, "log"),
            (DiskOperation.SetLength, "next.tmp"),
            (DiskOperation.Sync, "next.tmp"));
    }

    [Test]
    public void A_batch_larger_than_a_segment_is_one_segment()
    {
        var disk = new SimulatedDisk();
        using (SegmentLog log = SmallLog.Open(disk))
        {
            log.Recover(_ => { });
            log.Append([.. Enumerable.Range(0, 20).Select(i => Entry(1000))], 1);
            log.Append([Entry(1)], 1);
            log.Append([.. Enumerable.Range(0, 20).Select(i => Entry(1000))], 1);
        }

        disk.ListFiles("/data/log").Where(name => StorePaths.ParseSegment(name) is not null).Should().HaveCount(3);
        using SegmentLog again = SmallLog.Open(disk);
        int found = 0;
        again.Recover(_ => found++);
        found.Should().Be(41);
        again.Read([1, 20, 21, 22, 41], new LogRecord[5], int.MaxValue, out _).Should().Be(5);
    }

    [Test]
    public void Restarts_without_a_batch_leave_no_segments_behind()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 1, payloadBytes: 10, close: true);
        for (int i = 0; i < 5; i++)
        {
            using SegmentLog log = SmallLog.Open(disk);
            log.Recover(_ => { });
            log.LastSequence.Should().Be(3, "two records and the mark of the first close");
        }

        disk.ListFiles("/data/log").Where(name => StorePaths.ParseSegment(name) is not null).Should().HaveCount(2);
    }

    [Test]
    public void A_failure_to_prepare_the_next_segment_does_not_stop_the_log([Range(4, 5)] int n)
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });

        // The zeros before the batch, the batch and its sync, then the zeros of the next file and their sync.
        disk.FailAt(n, FaultKind.Refused);
        log.Append([Entry(1500)], 1);
        disk.FailedPath.Should().Be("/data/log/next.tmp");
        log.HasRoom.Should().BeFalse("it is not known yet whether there will be another segment");
        for (int i = 0; i < 5; i++)
        {
            log.Append([Entry(1500)], 1);
        }

        log.LastSequence.Should().Be(6);
    }

    [Test]
    public void The_segment_size_may_change_between_starts()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 6, payloadBytes: 900, close: true);
        using SegmentLog log = SegmentLog.Open(
            SmallLog.Directory, 64 * 1024, Durability.Fsync, disk, TimeProvider.System, NullLogger.Instance);
        acknowledged.Recover(log);
        acknowledged.Append(log, SmallLog.Payload(1, 15_000));
    }

    [Test]
    public void Calls_out_of_turn_are_refused()
    {
        SegmentLog log = SmallLog.Open(new SimulatedDisk());
        log.Invoking(l => l.Append([Entry(1)], 1)).Should().Throw<InvalidOperationException>();
        log.Recover(_ => { });
        log.Invoking(l => l.Recover(_ => { })).Should().Throw<InvalidOperationException>();
        log.Dispose();
        log.Dispose();
        log.Invoking(l => l.Append([Entry(1)], 1)).Should().Throw<ObjectDisposedException>();
    }

    [Test]
    public void Impossible_settings_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Open(SegmentLog.MinSegmentBytes - 1, Durability.Fsync));
        Assert.Throws<ArgumentOutOfRangeException>(() => Open(SegmentLog.MaxSegmentBytes + 1, Durability.Fsync));
        Assert.Throws<ArgumentOutOfRangeException>(() => Open(1 << 20, Durability.Memory));

        static void Open(int segmentBytes, Durability durability) => SegmentLog.Open(
            "/data", segmentBytes, durability, new SimulatedDisk(), TimeProvider.System,
            NullLogger.Instance).Dispose();
    }

    private static LogEntry Entry(int bytes) => new(1, 1, new byte[bytes]);
}
