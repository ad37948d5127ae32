using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// Damage other than flipped bits: files that are missing, swapped, cut or from another store. A start refuses each of them with a
/// message that leads to the damage, and changes nothing on the disk.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DamageMessagesTests
{
    private const int PayloadBytes = 900;

    // Two records per batch, two batches per segment: segments 1, 5 and 9; the mark of the close has sequence 11.
    private static readonly SortedDictionary<string, byte[]> Files = SmallLog.Write(batches: 5, PayloadBytes, close: true).Disk.Contents();

    [Test]
    public void A_record_in_a_sealed_segment_is_named_with_file_offset_and_sequences()
    {
        int offset = SegmentHeader.Bytes + RecordCodec.SizeOf(PayloadBytes);
        Refused(files => files[SmallLog.Segment(1)][offset + 40] ^= 1)
            .Should().ContainAll(SmallLog.Segment(1), $"offset {offset}", "sequence 2:");
    }

    [Test]
    public void All_sequences_up_to_the_next_good_record_are_named()
    {
        int offset = SegmentHeader.Bytes + RecordCodec.SizeOf(PayloadBytes);
        Refused(files => files[SmallLog.Segment(1)].AsSpan(offset + 4, RecordCodec.SizeOf(PayloadBytes / 2)).Fill(0xAA))
            .Should().ContainAll(SmallLog.Segment(1), $"offset {offset}", "sequences 2 to 3:");
    }

    [Test]
    public void A_record_in_the_last_segment_is_named_when_a_later_batch_is_good() =>
        Refused(files => files[SmallLog.Segment(9)][SegmentHeader.Bytes + 40] ^= 1)
            .Should().ContainAll(SmallLog.Segment(9), $"offset {SegmentHeader.Bytes}", "sequences 9 to 10:");

    [Test]
    public void A_truncated_sealed_segment_is_damage([Values(1, 32, 100, 400)] int bytes) =>
        Refused(files => files[SmallLog.Segment(5)] = files[SmallLog.Segment(5)][..^bytes])
            .Should().ContainAll(SmallLog.Segment(5), "sequence 8:");

    [Test]
    public void A_sealed_segment_truncated_after_a_whole_batch_is_damage()
    {
        int endOfBatch = SegmentHeader.Bytes + RecordCodec.SizeOf(PayloadBytes) + RecordCodec.SizeOf(PayloadBytes / 2);
        Refused(files => files[SmallLog.Segment(5)] = files[SmallLog.Segment(5)][..endOfBatch])
            .Should().ContainAll(SmallLog.Segment(9), "sequences 7 to 8 are missing");
    }

    [Test]
    public void Anything_but_zeros_after_a_sealed_segment_is_damage() =>
        Refused(files => files[SmallLog.Segment(5)] = [.. files[SmallLog.Segment(5)], 0, 0, 1]).Should().Contain(SmallLog.Segment(5));

    [Test]
    public void Zeros_after_a_sealed_segment_are_not_damage()
    {
        SimulatedDisk disk = Disk(files => files[SmallLog.Segment(5)] = [.. files[SmallLog.Segment(5)], .. new byte[500]]);
        int found = 0;
        SmallLog.Open(disk).Recover(_ => found++);
        found.Should().Be(10);
    }

    [TestCase(1L, "sequences 1 to 4 are missing")]
    [TestCase(5L, "sequences 5 to 8 are missing")]
    public void A_missing_segment_is_damage(long first, string words) =>
        Refused(files => files.Remove(SmallLog.Segment(first))).Should().Contain(words);

    [Test]
    public void A_store_without_segments_is_damage() =>
        Refused(files =>
        {
            foreach (long first in new long[] { 1, 5, 9 })
            {
                files.Remove(SmallLog.Segment(first));
            }
        }).Should().Contain("no segment");

    [Test]
    public void A_missing_STORE_is_damage() =>
        Refused(files => files.Remove("/data/STORE")).Should().ContainAll("/data/STORE", "missing");

    [Test]
    public void A_STORE_of_another_length_is_damage([Values(0, 63, 65)] int length) =>
        Refused(files => files["/data/STORE"] = [.. files["/data/STORE"].Concat(new byte[1]).Take(length)]).Should().Contain("/data/STORE");

    [Test]
    public void A_segment_with_the_name_of_another_is_damage() =>
        Refused(files => files[SmallLog.Segment(5)] = files[SmallLog.Segment(9)])
            .Should().ContainAll(SmallLog.Segment(5), "begins with sequence 9");

    [Test]
    public void A_segment_of_another_store_is_refused()
    {
        SortedDictionary<string, byte[]> others = SmallLog.Write(batches: 5, PayloadBytes, close: true).Disk.Contents();
        Refused(files => files[SmallLog.Segment(5)] = others[SmallLog.Segment(5)])
            .Should().ContainAll(SmallLog.Segment(5), "belongs to store");
    }

    [Test]
    public void A_segment_of_another_past_of_the_store_is_refused()
    {
        // The same store, restored from a copy and written again: the same sequences with other records.
        SimulatedDisk disk = Disk(files => files.Remove(SmallLog.Segment(9)));
        using (SegmentLog log = SmallLog.Open(disk))
        {
            log.Recover(_ => { });
            log.Append([new(1, 1, new byte[900])], 1);
        }

        SortedDictionary<string, byte[]> past = disk.Contents();
        Refused(files =>
        {
            byte[] changed = past[SmallLog.Segment(9)];
            files[SmallLog.Segment(9)] = changed;
            files[SmallLog.Segment(5)] = Rewritten(files[SmallLog.Segment(5)]);
        }).Should().ContainAll(SmallLog.Segment(9), "not the one that it was written after");
    }

    [Test]
    public void A_segment_shorter_than_its_header_is_refused([Values(0, 100, 4095)] int length) =>
        Refused(files => files[SmallLog.Segment(9)] = files[SmallLog.Segment(9)][..length]).Should().Contain(SmallLog.Segment(9));

    [Test]
    public void Other_files_are_left_alone()
    {
        SimulatedDisk disk = Disk(files =>
        {
            files["/data/log/notes.txt"] = [1];
            files["/data/log/1.seg"] = [1];
            files["/data/log/next.tmp"] = [1, 2, 3];
        });
        int found = 0;
        SmallLog.Open(disk).Recover(_ => found++);
        found.Should().Be(10);
        disk.Contents().Should().ContainKeys("/data/log/notes.txt", "/data/log/1.seg");
    }

    [Test]
    public void A_record_that_reads_back_wrong_is_damage()
    {
        SimulatedDisk disk = Disk(_ => { });
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        disk.Raw(SmallLog.Segment(5))[SegmentHeader.Bytes + 40] ^= 1;
        var records = new LogRecord[2];

        log.Invoking(l => l.Read([5], records, int.MaxValue, out _)).Should().Throw<LogDamagedException>()
            .Which.Message.Should().ContainAll(SmallLog.Segment(5), $"offset {SegmentHeader.Bytes}", "sequence 5:");
        log.Read([1, 6], records, int.MaxValue, out _).Should().Be(2, "records that were not requested are only skipped");

        disk.Raw(SmallLog.Segment(5))[SegmentHeader.Bytes + 9] ^= 1;
        log.Invoking(l => l.Read([6], records, int.MaxValue, out _)).Should().Throw<LogDamagedException>();
    }

    [Test]
    public void A_segment_that_became_shorter_is_damage()
    {
        SimulatedDisk disk = Disk(_ => { });
        using SegmentLog log = SmallLog.Open(disk);
        log.Recover(_ => { });
        using (IFileHandle file = disk.Open(SmallLog.Segment(5), writable: true))
        {
            file.SetLength(SegmentHeader.Bytes + RecordCodec.SizeOf(PayloadBytes));
        }

        var records = new LogRecord[2];
        log.Read([5], records, int.MaxValue, out _).Should().Be(1);
        log.Invoking(l => l.Read([6], records, int.MaxValue, out _)).Should().Throw<LogDamagedException>();
        log.Invoking(l => l.Read([5, 6], records, int.MaxValue, out _)).Should().Throw<LogDamagedException>();
    }

    /// <summary>Returns the segment with a different last record that is just as valid.</summary>
    private static byte[] Rewritten(byte[] segment)
    {
        segment = [.. segment];
        SegmentHeader.TryDecode(segment, out SegmentHeader header);
        int offset = segment.Length - RecordCodec.SizeOf(PayloadBytes / 2);
        RecordHeader last = RecordHeader.Read(segment.AsSpan(offset));
        RecordCodec.Write(segment.AsSpan(offset), header.Salt, last, new byte[PayloadBytes / 2]);
        return segment;
    }

    private static SimulatedDisk Disk(Action<SortedDictionary<string, byte[]>> change)
    {
        var files = new SortedDictionary<string, byte[]>(
            Files.ToDictionary(file => file.Key, file => file.Value.ToArray()), StringComparer.Ordinal);
        change(files);
        return SimulatedDisk.Holding([("/data/log/.", []), .. files.Select(file => (file.Key, file.Value))]);
    }

    /// <summary>Returns the message of the refusal, and checks that nothing on the disk changed.</summary>
    private static string Refused(Action<SortedDictionary<string, byte[]>> change)
    {
        SimulatedDisk disk = Disk(change);
        LogDamagedException? refusal = Assert.Throws<LogDamagedException>(() =>
        {
            using SegmentLog log = SmallLog.Open(disk);
            log.Recover(_ => { });
        });
        disk.Operations.Should().Be(0);
        return refusal!.Message;
    }
}
