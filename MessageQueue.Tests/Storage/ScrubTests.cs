using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Maintenance;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>The scrub finds damage in closed segments while the log is in use.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ScrubTests
{
    private const long First = 5;
    private const long Last = 8;

    [Test]
    public void A_sound_segment_is_read_to_its_end()
    {
        (SimulatedDisk disk, SegmentLog log, _) = Start();

        log.Check(First).Sum().Should().Be(disk.Raw(SmallLog.Segment(First)).Length);

        log.DamagedExtents.Should().Be(0);
    }

    [Test]
    public void Every_flipped_bit_of_a_segment_is_found_and_named()
    {
        (SimulatedDisk disk, SegmentLog log, LoggedLines lines) = Start();
        string path = SmallLog.Segment(First);
        for (int i = 0; i < disk.Raw(path).Length; i++)
        {
            disk.Raw(path)[i] ^= 4;
            log.Invoking(l => l.Check(First).Sum())
                .Should().Throw<LogDamagedException>().Which.Message.Should().ContainAll(path, "offset", "sequence");
            disk.Raw(path)[i] ^= 4;
        }

        lines.Said.Should().ContainSingle(line => line.Contains(path) && line.Contains("log repair"), "it is reported once");
        log.DamagedExtents.Should().Be(1);
        log.Check(First).Sum().Should().BePositive();
        log.DamagedExtents.Should().Be(0, "it reads back again");
    }

    [Test]
    public void All_sequences_up_to_the_next_good_record_are_named()
    {
        (SimulatedDisk disk, SegmentLog log, _) = Start();
        disk.Raw(SmallLog.Segment(First))[SegmentHeader.Bytes..(SegmentHeader.Bytes + 1300)].Clear();

        log.Invoking(l => l.Check(First).Sum()).Should().Throw<LogDamagedException>().WithMessage($"*sequences {First} to {First + 1}:*");
    }

    [Test]
    public void A_segment_that_cannot_be_read_or_is_gone_is_damage([Values] bool isGone)
    {
        (SimulatedDisk disk, SegmentLog log, _) = Start();
        if (isGone)
        {
            disk.Delete(SmallLog.Segment(First));
        }
        else
        {
            disk.Unreadable = SmallLog.Segment(First);
        }

        log.Invoking(l => l.Check(First).Sum()).Should().Throw<LogDamagedException>();
        log.DamagedExtents.Should().Be(1);
    }

    [Test]
    public void Dropped_segments_are_neither_read_nor_counted()
    {
        (SimulatedDisk disk, SegmentLog log, _) = Start();
        disk.Raw(SmallLog.Segment(First)).Clear();
        log.Invoking(l => l.Check(First).Sum()).Should().Throw<LogDamagedException>();

        log.Drop([First]);

        log.Check(First).Should().BeEmpty();
        log.DamagedExtents.Should().Be(0);
    }

    [Test]
    public void Damage_that_a_read_finds_is_counted_and_costs_no_other_record()
    {
        (SimulatedDisk disk, SegmentLog log, _) = Start();
        disk.Raw(SmallLog.Segment(First))[SegmentHeader.Bytes..(SegmentHeader.Bytes + 40)].Fill(0xAA);

        log.Invoking(l => Read(l, First)).Should().Throw<LogDamagedException>().WithMessage($"*sequence {First}:*");

        log.DamagedExtents.Should().Be(1);
        for (long sequence = First + 1; sequence <= Last; sequence++)
        {
            Read(log, sequence).Should().Be(1);
        }
    }

    [Test]
    public async Task Rounds_keep_to_their_rate_and_repeat_even_after_damage()
    {
        (SimulatedDisk disk, SegmentLog log, _) = Start();
        disk.Raw(SmallLog.Segment(1))[SegmentHeader.Bytes + 40] ^= 1;
        ManualTimeProvider clock = new();
        long bytes = log.SealedExtents.Sum(extent => extent.Bytes) - log.SealedExtents[0].Bytes;
        await using LogScrubber scrubber = new(
            log, new ScrubLimits { Interval = TimeSpan.FromHours(1), BytesPerSecond = 1 }, clock, NullLogger.Instance);

        // At one byte per second, the scrub first pauses inside the first undamaged segment.
        await clock.AdvanceUntilAsync(() => scrubber.Bytes > 0, TimeSpan.Zero);
        scrubber.Bytes.Should().BeLessThan(bytes);
        await clock.AdvanceUntilAsync(() => scrubber.Bytes == bytes, TimeSpan.FromSeconds(100));
        log.DamagedExtents.Should().Be(1);
        disk.Raw(SmallLog.Segment(First))[SegmentHeader.Bytes + 40] ^= 1;
        await clock.AdvanceUntilAsync(() => log.DamagedExtents == 2, TimeSpan.FromMinutes(10));
    }

    [Test]
    public async Task With_an_infinite_interval_nothing_is_read()
    {
        (_, SegmentLog log, _) = Start();
        LogScrubber scrubber = new(log, new ScrubLimits(), new ManualTimeProvider(), NullLogger.Instance);
        await scrubber.DisposeAsync().OrTimeout();
        scrubber.Bytes.Should().Be(0);
    }

    /// <summary>Writes segments of two batches of two records. A start with a snapshot reads only their two ends.</summary>
    private static (SimulatedDisk Disk, SegmentLog Log, LoggedLines Lines) Start()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 8, payloadBytes: 1200, close: true);
        LoggedLines lines = new();
        SegmentLog log = SegmentLog.Open(
            SmallLog.Directory, SegmentLog.MinSegmentBytes, Durability.Fsync, disk, TimeProvider.System, lines, work => work());
        log.Recover(
            disk.ListFiles("/data/log").Select(StorePaths.ParseSegment).OfType<long>().Order().SkipLast(1).Last() - 1, [], _ => { });
        return (disk, log, lines);
    }

    private static int Read(SegmentLog log, long sequence) => log.Read([sequence], new LogRecord[1], int.MaxValue, out _);
}
