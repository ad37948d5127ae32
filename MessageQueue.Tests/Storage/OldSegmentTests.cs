using System.Buffers.Binary;
using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// Segments that end before a snapshot: recovery checks only their two ends. The records between are checked when somebody reads them.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class OldSegmentTests
{
    private const long First = 5;

    [Test]
    public void Damage_in_the_middle_is_found_when_it_is_read_and_other_records_stay_readable()
    {
        SimulatedDisk disk = Write();
        disk.Raw(SmallLog.Segment(First))[SegmentHeader.Bytes + 40] ^= 1;
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(After(disk), [], _ => { });

        log.Invoking(l => Read(l, First))
            .Should().Throw<LogDamagedException>().WithMessage($"*{SmallLog.Segment(First)}*offset 4096*sequence {First}*");
        log.Invoking(l => l.Replay(0, 100, _ => { })).Should().Throw<LogDamagedException>();
        Read(log, 1).Should().Be(1);
        Read(log, First + 4).Should().Be(1);
    }

    [Test]
    public void A_bad_header_is_found_at_the_start([Values(0, 20, 60, 4095)] int offset)
    {
        SimulatedDisk disk = Write();
        disk.Raw(SmallLog.Segment(First))[offset] ^= 1;
        AssertRefused(disk);
    }

    [Test]
    public void A_bad_or_missing_last_record_is_found_at_the_start([Values] bool missing)
    {
        SimulatedDisk disk = Write();
        if (missing)
        {
            using IFileHandle file = disk.Open(SmallLog.Segment(First), writable: true);
            file.SetLength(file.Length - 8);
        }
        else
        {
            disk.Raw(SmallLog.Segment(First))[^1] ^= 1;
        }

        AssertRefused(disk);
    }

    [Test]
    public void A_segment_from_another_past_of_the_store_is_found_at_the_start()
    {
        // The same sequences in the same store with another link, as in a copy of an older backup.
        SimulatedDisk disk = Write();
        Span<byte> header = disk.Raw(SmallLog.Segment(First))[..SegmentHeader.Bytes];
        header[52] ^= 1;
        BinaryPrimitives.WriteUInt32LittleEndian(header[^4..], Crc32C.Append(Crc32C.Seed, header[..^4]));
        AssertRefused(disk);
    }

    [Test]
    public void A_segment_that_was_not_truncated_when_it_was_sealed_is_sound()
    {
        SimulatedDisk disk = Write();
        using (IFileHandle file = disk.Open(SmallLog.Segment(First), writable: true))
        {
            file.SetLength(file.Length + 100_000);
        }

        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(After(disk), [], _ => { });
        Read(log, First).Should().Be(1);
    }

    [Test]
    public void Damage_in_a_dropped_segment_has_no_effect()
    {
        SimulatedDisk disk = Write();
        disk.Raw(SmallLog.Segment(First)).Clear();
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(After(disk), [new SequenceRange(First, First + 3)], _ => { });
        disk.FileExists(SmallLog.Segment(First)).Should().BeFalse();
        Read(log, First).Should().Be(0);
    }

    [Test]
    public void A_drop_that_fails_is_done_by_the_next_start([Values(1, 2)] int n, [Values] FaultKind kind)
    {
        SimulatedDisk disk = Write();
        SegmentLog log = SmallLog.Open(disk);
        log.Recover(After(disk), [], _ => { });
        disk.FailAt(n, kind);
        log.Drop([First]);
        disk.FailedOperation.Should().NotBeNull();
        Read(log, First).Should().Be(0);
        log.Append([new LogEntry(1, 1, new byte[10])], 1_000).Should().BePositive();

        foreach (SimulatedDisk crashed in SmallLog.Crashes(disk, n, randomCuts: 4))
        {
            using SegmentLog next = SmallLog.Open(crashed);
            next.Recover(After(crashed), [new SequenceRange(First, First + 3)], _ => { });
            crashed.FileExists(SmallLog.Segment(First)).Should().BeFalse();
            Read(next, 1).Should().Be(1);
        }
    }

    /// <summary>Writes segments of two batches of two records.</summary>
    private static SimulatedDisk Write()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 8, payloadBytes: 1200, close: true);
        disk.FileExists(SmallLog.Segment(First)).Should().BeTrue();
        return disk;
    }

    /// <summary>Returns the sequence of a snapshot at the end of the third segment from the end.</summary>
    private static long After(SimulatedDisk disk) =>
        disk.ListFiles("/data/log").Select(StorePaths.ParseSegment).OfType<long>().Order().SkipLast(1).Last() - 1;

    private static void AssertRefused(SimulatedDisk disk)
    {
        int operations = disk.Operations;
        SmallLog.Open(disk).Invoking(log => log.Recover(After(disk), [], _ => { }))
            .Should().Throw<LogDamagedException>().WithMessage($"*{SmallLog.Segment(First)}*");
        disk.Operations.Should().Be(operations);
    }

    private static int Read(SegmentLog log, long sequence) => log.Read([sequence], new LogRecord[1], int.MaxValue, out _);
}
