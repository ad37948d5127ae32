using System.Buffers.Binary;
using System.Text;
using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// Files that earlier versions of the format wrote. Every later version must read them; they are never written again.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class GoldenFileTests
{
    private const long Time = 1_700_000_000_000;

    private static readonly LogEntry[][] Batches =
    [
        [new(1, 1, "first"u8.ToArray()), new(2, 3, ReadOnlyMemory<byte>.Empty)],
        [new(127, ushort.MaxValue, Enumerable.Range(0, 3000).Select(i => (byte)(i % 251)).ToArray())],
        [new(5, 1, Encoding.UTF8.GetBytes("""{"event":"tränsfer"}""")), new(6, 1, new byte[1500]), new(7, 1, "last"u8.ToArray())],
    ];

    [Test]
    public void A_log_of_version_1_is_read()
    {
        SimulatedDisk disk = Load("v1");
        List<LogRecord> records = [];
        using SegmentLog log = SmallLog.Open(disk);
        log.StoreId.Should().Be(new Guid("52a6f6f2-201a-4120-a9ab-f33752df76ff"));
        log.Recover(record => records.Add(record.Copy()));

        LogEntry[] expected = [.. Batches.SelectMany(batch => batch)];
        records.Select(record => record.Sequence).Should().Equal(1, 2, 3, 4, 5, 6);
        records.Select(record => record.Time).Should().Equal(Time, Time, Time + 1, Time + 2, Time + 2, Time + 2);
        records.Select(record => record.Type).Should().Equal(expected.Select(entry => entry.Type));
        records.Select(record => record.Version).Should().Equal(expected.Select(entry => entry.Version));
        for (int i = 0; i < expected.Length; i++)
        {
            records[i].Payload.ToArray().Should().Equal(expected[i].Payload.ToArray());
        }

        log.LastSequence.Should().Be(7, "the mark of the clean close has a sequence too");
        log.Append([new(1, 1, default)], Time + 3).Should().Be(8);
    }

    [Test]
    public void A_store_of_version_1_is_known_to_clients_by_its_own_id_and_is_not_written_again()
    {
        SimulatedDisk disk = Load("v1");
        byte[] store = disk.Raw("/data/STORE").ToArray();
        using (SegmentLog log = SmallLog.Open(disk))
        {
            log.Recover(_ => { });
            log.Identity.Id.Should().Be(log.StoreId);
            log.Identity.Origins.Should().BeEmpty();
        }

        disk.Raw("/data/STORE").ToArray().Should().Equal(store);
    }

    /// <summary>Only STORE has a version 2, for copies; the segments are those of version 1.</summary>
    [Test]
    public void A_store_of_version_2_is_read()
    {
        using SegmentLog log = SmallLog.Open(LoadCopy());
        log.Recover(_ => { });
        log.StoreId.Should().Be(new Guid("52a6f6f2-201a-4120-a9ab-f33752df76ff"));
        log.Identity.Id.Should().Be(new Guid("0f1e2d3c-4b5a-4697-8879-6a5b4c3d2e1f"));
        log.Identity.Origins.Should().Equal(
            new LogOrigin(new Guid("8d0c1b2a-3948-4756-a675-849302a1b0cf"), 7), new LogOrigin(log.StoreId, 6));
    }

    /// <summary>Reads the file by the table in docs/log-format.md, without the code of the library.</summary>
    [Test]
    public void A_store_of_version_2_is_laid_out_as_documented()
    {
        Span<byte> store = LoadCopy().Raw("/data/STORE");
        store.Length.Should().Be(272);
        Encoding.ASCII.GetString(store[..8]).Should().Be("MQSTORE\n");
        BinaryPrimitives.ReadUInt32LittleEndian(store[8..]).Should().Be(2);
        BinaryPrimitives.ReadUInt32LittleEndian(store[12..]).Should().Be(0, "it was started");
        Convert.ToHexStringLower(store.Slice(16, 16)).Should().Be("52a6f6f2201a4120a9abf33752df76ff");
        BinaryPrimitives.ReadInt64LittleEndian(store[32..]).Should().Be(Time);
        Convert.ToHexStringLower(store.Slice(40, 16)).Should().Be("0f1e2d3c4b5a469788796a5b4c3d2e1f");
        BinaryPrimitives.ReadInt64LittleEndian(store[56..]).Should().Be(0);
        BinaryPrimitives.ReadInt32LittleEndian(store[64..]).Should().Be(2);
        Convert.ToHexStringLower(store.Slice(72, 16)).Should().Be("8d0c1b2a39484756a675849302a1b0cf");
        BinaryPrimitives.ReadInt64LittleEndian(store[88..]).Should().Be(7);
        BinaryPrimitives.ReadInt64LittleEndian(store[112..]).Should().Be(6);
        store[120..268].ContainsAnyExcept((byte)0).Should().BeFalse();
    }

    /// <summary>Reads the file by the tables in docs/log-format.md, without the code of the library.</summary>
    [Test]
    public void A_log_of_version_1_is_laid_out_as_documented()
    {
        SimulatedDisk disk = Load("v1");
        Span<byte> store = disk.Raw("/data/STORE");
        Encoding.ASCII.GetString(store[..8]).Should().Be("MQSTORE\n");
        BinaryPrimitives.ReadUInt32LittleEndian(store[8..]).Should().Be(1);

        Span<byte> segment = disk.Raw(SmallLog.Segment(4));
        Encoding.ASCII.GetString(segment[..8]).Should().Be("MQSEG\r\n\x1a");
        BinaryPrimitives.ReadUInt32LittleEndian(segment[8..]).Should().Be(1);
        BinaryPrimitives.ReadUInt32LittleEndian(segment[12..]).Should().Be(0);
        segment.Slice(16, 16).SequenceEqual(store.Slice(16, 16)).Should().BeTrue();
        BinaryPrimitives.ReadInt64LittleEndian(segment[32..]).Should().Be(4);
        BinaryPrimitives.ReadUInt32LittleEndian(segment[48..]).Should().NotBe(0);
        BinaryPrimitives.ReadInt64LittleEndian(segment[56..]).Should().Be(1);
        segment[64..4092].ContainsAnyExcept((byte)0).Should().BeFalse();

        Span<byte> record = segment[4096..];
        BinaryPrimitives.ReadUInt32LittleEndian(record).Should().Be(21);
        BinaryPrimitives.ReadInt64LittleEndian(record[8..]).Should().Be(4);
        BinaryPrimitives.ReadInt64LittleEndian(record[16..]).Should().Be(Time + 2);
        BinaryPrimitives.ReadUInt32LittleEndian(record[24..]).Should().Be(1);
        record[28].Should().Be(5);
        record[29].Should().Be(0);
        BinaryPrimitives.ReadUInt16LittleEndian(record[30..]).Should().Be(1);
        Encoding.UTF8.GetString(record.Slice(32, 21)).Should().Be("""{"event":"tränsfer"}""");
        record.Slice(53, 3).ContainsAnyExcept((byte)0).Should().BeFalse();

        Span<byte> mark = segment[^32..];
        BinaryPrimitives.ReadUInt32LittleEndian(mark).Should().Be(0);
        mark[28].Should().Be(128);
        mark[29].Should().Be(1);
    }

    /// <summary>Writes the files of a new version of the format. Run it once, commit the files, and add tests as above.</summary>
    [Test]
    [Explicit("Writes files into the sources.")]
    public void Write_the_files_of_a_new_version()
    {
        string directory = Path.Combine(Root(), "next");
        using SegmentLog log = SegmentLog.Open(
            directory, SegmentLog.MinSegmentBytes, Durability.Fsync, DiskFileSystem.Instance, TimeProvider.System, NullLogger.Instance);
        log.Recover(_ => { });
        for (int i = 0; i < Batches.Length; i++)
        {
            log.Append(Batches[i], Time + i);
        }
    }

    private static SimulatedDisk LoadCopy()
    {
        SimulatedDisk disk = Load("v1");
        using IFileHandle store = disk.Create("/data/STORE");
        store.Write(File.ReadAllBytes(Path.Combine(Root(), "v2", "STORE")), 0);
        return disk;
    }

    private static SimulatedDisk Load(string version)
    {
        string directory = Path.Combine(Root(), version);
        string[] files = Directory.GetFiles(directory, "*", SearchOption.AllDirectories);
        return SimulatedDisk.Holding(
            [.. files.Select(path => (Path.Combine(SmallLog.Directory, Path.GetRelativePath(directory, path)), File.ReadAllBytes(path)))]);
    }

    /// <summary>Returns the folder of the golden files in the source tree, not in the build output.</summary>
    private static string Root()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "MessageQueue.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return Path.Combine(directory!, "MessageQueue.Tests", "Storage", "Golden");
    }
}
