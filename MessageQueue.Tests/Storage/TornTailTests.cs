using MessageQueue.Storage;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>A batch that was being written when the power failed is dropped completely, and nothing else is.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TornTailTests
{
    private const int Batches = 5;

    [Test]
    public void Every_cut_of_the_last_batch_drops_it_and_only_it([Values] bool filledWithZeros)
    {
        (SortedDictionary<string, byte[]> files, string last, int start, int end) = LastBatch();
        byte[] whole = files[last];
        for (int cut = start; cut <= end; cut++)
        {
            byte[] torn = filledWithZeros ? [.. whole[..cut], .. new byte[whole.Length - cut]] : whole[..cut];

            // The last bytes are padding: if they are zeros, nothing is missing.
            bool isWhole = torn.Length >= end && torn.AsSpan(0, end).SequenceEqual(whole.AsSpan(0, end));
            RecoverAndGoOn(files, last, torn, isWhole ? Batches : Batches - 1);
        }
    }

    [Test]
    public void Any_sectors_lost_from_the_last_batch_drop_it_and_only_it()
    {
        (SortedDictionary<string, byte[]> files, string last, int start, int end) = LastBatch();
        for (int seed = 0; seed < 200; seed++)
        {
            LoseSectors(files, last, start, end, seed);
        }
    }

    [Test]
    public void A_payload_that_looks_like_a_record_proves_nothing()
    {
        // A record of a later batch that is valid except for the salt, which no client knows.
        byte[] forged = new byte[RecordCodec.SizeOf(8)];
        RecordCodec.Write(forged, salt: 12345, new RecordHeader(8, 0, 4, 1, 9, 1, RecordHeader.LastOfBatch, 1), new byte[8]);
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        log.Append([new(1, 1, new byte[8])], 1);
        log.Append([new(1, 1, new byte[600]), new(1, 1, forged)], 1);
        disk = disk.AfterCrash(Survival.Everything);
        disk.Raw(SmallLog.Segment(1))[SegmentHeader.Bytes + RecordCodec.SizeOf(8) + 100] ^= 1;

        int found = 0;
        SmallLog.Open(disk).Recover(_ => found++);
        found.Should().Be(1);
    }

    [Test]
    public void A_payload_full_of_record_headers_does_not_make_a_start_endless()
    {
        // Each header claims the rest of the file as its record, so that the work grows with the square of the length.
        byte[] forged = new byte[1 << 20];
        for (int offset = 0; offset + RecordHeader.Bytes <= forged.Length; offset += RecordHeader.Bytes)
        {
            uint length = (uint)(forged.Length - offset - RecordHeader.Bytes);
            RecordCodec.Write(
                forged.AsSpan(offset), salt: 12345, new RecordHeader(length, 0, 4, 1, 9, 1, RecordHeader.LastOfBatch, 1), []);
        }

        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk, segmentBytes: 8 << 20);
        log.Recover(_ => { });
        log.Append([new(1, 1, forged)], 1);
        disk = disk.AfterCrash(Survival.Everything);
        disk.Raw(SmallLog.Segment(1))[SegmentHeader.Bytes + 100] ^= 1;

        SmallLog.Open(disk).Invoking(again => again.Recover(_ => { }))
            .Should().Throw<LogDamagedException>().WithMessage("*too much behind it looks like records*");
    }

    [Test]
    public void Damage_in_the_last_batch_of_an_idle_log_is_not_a_torn_write(
        [Values] bool settled, [Values(Durability.Fsync, Durability.Os)] Durability durability)
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk, durability);
        log.Recover(_ => { });
        log.Append([new(1, 1, new byte[8])], 1);
        if (settled)
        {
            log.Settle();
            log.Settle();
        }

        disk = disk.AfterCrash(Survival.Everything);
        disk.Raw(SmallLog.Segment(1))[SegmentHeader.Bytes + 36] ^= 1;

        Action start = () => SmallLog.Open(disk, durability).Recover(_ => { });
        if (settled)
        {
            start.Should().Throw<LogDamagedException>();
        }
        else
        {
            start.Should().NotThrow();
        }
    }

    [Test]
    public void A_log_that_settled_continues_and_recovers_completely([Values(Durability.Fsync, Durability.Os)] Durability durability)
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk, durability);
        List<long> sequences = [];
        log.Recover(_ => { });
        for (int i = 0; i < 20; i++)
        {
            sequences.Add(log.Append([new(1, 1, new byte[1000])], 1));
            log.Settle();
        }

        SegmentLog again = SmallLog.Open(disk.AfterCrash(Survival.OnlySynced), durability);
        List<long> found = [];
        again.Recover(record => found.Add(record.Sequence));
        found.Should().Equal(sequences);
        again.Append([new(1, 1, new byte[8])], 1).Should().BeGreaterThan(sequences[^1] + 1);
    }

    [Test]
    public void Without_batch_syncs_a_hole_ends_the_log()
    {
        SimulatedDisk disk = WriteByOs(close: false);
        disk.Raw(SmallLog.Segment(1))[SegmentHeader.Bytes + 1] ^= 1;
        int found = 0;
        SmallLog.Open(disk, Durability.Os).Recover(_ => found++);
        found.Should().Be(0);
    }

    [Test]
    public void Without_batch_syncs_a_hole_before_the_mark_of_a_clean_close_is_damage()
    {
        SimulatedDisk disk = WriteByOs(close: true);
        disk.Raw(SmallLog.Segment(1))[SegmentHeader.Bytes + 1] ^= 1;
        SmallLog.Open(disk, Durability.Os).Invoking(log => log.Recover(_ => { })).Should().Throw<LogDamagedException>();
    }

    private static void LoseSectors(SortedDictionary<string, byte[]> files, string last, int start, int end, int seed)
    {
        byte[] torn = [.. files[last]];
        var random = new Random(seed);
        bool lost = false;
        for (int sector = start / 512; sector * 512 < end; sector++)
        {
            if (random.Next(2) == 0)
            {
                int from = Math.Max(start, sector * 512);
                Span<byte> gone = torn.AsSpan(from, Math.Min(end, (sector + 1) * 512) - from);
                lost |= gone.ContainsAnyExcept((byte)0);
                gone.Clear();
            }
        }

        RecoverAndGoOn(files, last, torn, wholeBatches: lost ? Batches - 1 : Batches);
    }

    private static SimulatedDisk WriteByOs(bool close)
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk, Durability.Os);
        log.Recover(_ => { });
        for (int i = 0; i < 3; i++)
        {
            log.Append([new(1, 1, new byte[50])], 1);
        }

        if (close)
        {
            log.Dispose();
        }

        return disk.AfterCrash(Survival.Everything);
    }

    /// <summary>Returns a log as a crash leaves it, and the position of its last batch.</summary>
    private static (SortedDictionary<string, byte[]> Files, string Last, int Start, int End) LastBatch()
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        int position = SegmentHeader.Bytes;
        int start = 0;
        for (int i = 0; i < Batches; i++)
        {
            start = position;
            int[] lengths = [300, 0, 701];
            log.Append([.. lengths.Select((length, j) => new LogEntry(1, 1, SmallLog.Payload((i * 3) + j, length)))], 1);
            position += lengths.Sum(RecordCodec.SizeOf);
            if (i == 1)
            {
                // The last batch must not be in the first segment.
                log.Dispose();
                disk = disk.AfterCrash(Survival.Everything);
                log = SmallLog.Open(disk);
                log.Recover(_ => { });
                position = SegmentHeader.Bytes;
            }
        }

        return (disk.Contents(), SmallLog.Segment(8), start, position);
    }

    private static void RecoverAndGoOn(SortedDictionary<string, byte[]> files, string last, byte[] torn, int wholeBatches)
    {
        SimulatedDisk disk = SimulatedDisk.Holding([.. files.Select(file => (file.Key, file.Key == last ? torn : file.Value))]);
        using (SegmentLog log = SmallLog.Open(disk))
        {
            List<long> found = [];
            log.Recover(record => found.Add(record.Sequence));
            found.Should().HaveCount(wholeBatches * 3);
            log.Append([new(1, 1, new byte[40])], 1).Should().Be(found[^1] + 1);
        }

        int again = 0;
        SmallLog.Open(disk.AfterCrash(Survival.OnlySynced)).Recover(_ => again++);
        again.Should().Be((wholeBatches * 3) + 1);
    }
}
