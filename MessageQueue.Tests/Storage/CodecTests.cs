using System.Text;
using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

[Parallelizable(ParallelScope.All)]
internal sealed class CodecTests
{
    [Test]
    public void The_checksum_is_castagnoli()
    {
        // The check value of CRC-32C, which is defined with a final inversion.
        (~Crc32C.Append(Crc32C.Seed, Encoding.ASCII.GetBytes("123456789"))).Should().Be(0xE3069283);
        Crc32C.Append(Crc32C.Append(Crc32C.Seed, "1234"u8), "56789"u8).Should().Be(Crc32C.Append(Crc32C.Seed, "123456789"u8));
    }

    [Test]
    public void A_record_is_padded_with_zeros_to_eight_bytes([Range(0, 17)] int length)
    {
        byte[] target = new byte[100];
        target.AsSpan().Fill(0xFF);
        var header = new RecordHeader((uint)length, 0, 7, 8, 9, 10, 1, 11);
        int size = RecordCodec.Write(target, 42, header, SmallLog.Payload(1, length));

        (size % 8).Should().Be(0);
        size.Should().Be(RecordCodec.SizeOf(length)).And.BeInRange(32 + length, 32 + length + 7);
        RecordHeader read = RecordHeader.Read(target);
        read.RecordBytes.Should().Be(size);
        read.Should().Be(header with { Crc = RecordCodec.Checksum(target.AsSpan(0, size), 42) });
        RecordCodec.Checksum(target.AsSpan(0, size), 43).Should().NotBe(read.Crc, "the salt counts");
        target.AsSpan(32 + length, size - 32 - length).ContainsAnyExcept((byte)0).Should().BeFalse();
        target.AsSpan(size).ContainsAnyExcept((byte)0xFF).Should().BeFalse();
        RecordCodec.ToRecord(read, target).Payload.ToArray().Should().Equal(SmallLog.Payload(1, length));
    }

    [Test]
    public void Zeros_are_not_a_record()
    {
        for (int i = 0; i < 1000; i++)
        {
            RecordCodec.Checksum(new byte[32], SegmentHeader.NewSalt()).Should().NotBe(0);
        }
    }

    [Test]
    public void A_segment_header_reads_back()
    {
        var header = new SegmentHeader(Guid.NewGuid(), long.MaxValue, 2, 3, SyncedByBatch: false, new SegmentLink(5, 6));
        SegmentHeader.TryDecode(header.Encode(), out SegmentHeader read).Should().BeNull();
        read.Should().Be(header);
    }

    [Test]
    public void A_later_format_version_is_not_read_as_this_one()
    {
        byte[] block = new SegmentHeader(Guid.NewGuid(), 1, 2, 3, true, default).Encode();
        block[8] = 2;
        BitConverter.TryWriteBytes(
            block.AsSpan(SegmentHeader.Bytes - 4), Crc32C.Append(Crc32C.Seed, block.AsSpan(0, SegmentHeader.Bytes - 4)));
        SegmentHeader.TryDecode(block, out _).Should().Contain("version 2");
    }

    [Test]
    public void Segments_are_named_for_their_first_sequence()
    {
        Path.GetFileName(SmallLog.Segment(42)).Should().Be("00000000000000000042.seg");
        StorePaths.ParseSegment("00000000000000000042.seg").Should().Be(42);
        string[] others =
            ["42.seg", "next.tmp", "0000000000000000004x.seg", "99999999999999999999.seg", "+0000000000000000042.seg"];
        foreach (string name in others)
        {
            StorePaths.ParseSegment(name).Should().BeNull();
        }
    }

    [Test]
    public void The_index_finds_the_entry_before()
    {
        var index = new SparseIndex(100);
        index.Floor(index.Entries, 100).Should().Be(-1);
        for (int i = 0; i < 1000; i++)
        {
            index.AddIfSpaced(100 + i, 4096 + (i * 1000L));
        }

        // Every fifth record is the first one that is 4 KiB after the previous entry.
        index.Entries.Length.Should().Be(200);
        for (int i = 0; i < 1000; i++)
        {
            ulong entry = index.Entries[index.Floor(index.Entries, 100 + i)];
            index.SequenceOf(entry).Should().Be(100 + (i / 5 * 5));
            SparseIndex.OffsetOf(entry).Should().Be(4096 + (i / 5 * 5 * 1000));
        }
    }

    [TestCase(0, ExpectedResult = 0, TestName = "A batch that ends with its page needs no padding")]
    [TestCase(100, ExpectedResult = 3996, TestName = "A batch is padded to the end of its page")]
    [TestCase(4096, ExpectedResult = 0, TestName = "A batch of a whole page needs no padding")]
    [TestCase(8193, ExpectedResult = 0, TestName = "A batch is not padded beyond the prepared zeros")]
    public int A_batch_is_written_with_the_prepared_zeros_of_its_last_page(int bytes)
    {
        var disk = new SimulatedDisk();
        disk.CreateDirectory("/d");
        using IFileHandle file = disk.Create("/d/f");
        var header = new SegmentHeader(Guid.Empty, 1, 1, 1, true, default);
        using var writer = new SegmentWriter(new PreparedFile(file, 3 * 4096, 1 << 20), new Segment("/d/f", header, null), 1 << 20);
        return writer.PaddingAfter(bytes);
    }

    [Test]
    public void The_batch_buffer_shrinks_after_a_large_batch()
    {
        var buffer = new BatchBuffer();
        buffer.Reserve(100);
        buffer.Capacity.Should().Be(64 * 1024);
        buffer.Reserve(300_000);
        buffer.Shrink();
        buffer.Capacity.Should().Be(512 * 1024);
        buffer.Reserve(16 << 20);
        buffer.Capacity.Should().Be((16 << 20) + ZeroFill.PageBytes);
        buffer.Shrink();
        buffer.Capacity.Should().Be(0);
    }

    [Test]
    public void An_append_allocates_next_to_nothing()
    {
        using var directory = new TemporaryDirectory();
        using SegmentLog log = SegmentLog.Open(
            directory.FullName, 1 << 20, Durability.Os, DiskFileSystem.Instance, TimeProvider.System,
            NullLogger.Instance);
        log.Recover(_ => { });
        LogEntry[] batch = [new(1, 1, new byte[100]), new(1, 1, new byte[200])];
        log.Append(batch, 1);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            log.Append(batch, 1);
        }

        // The only allocation is the index, which grows by doubling.
        long perBatch = (GC.GetAllocatedBytesForCurrentThread() - before) / 1000;
        perBatch.Should().BeLessThan(32);
    }
}
