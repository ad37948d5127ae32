using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Maintenance;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Snapshots;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage.Maintenance;

/// <summary>Runs the tools on a small log. Its snapshots hold only the holes of the log.</summary>
internal static class ToolBox
{
    public const string Copy = "/copy";

    public static VerificationReport Verify(
        IFileSystem disk, string directory = SmallLog.Directory, IProgress<(long Done, long Total)>? progress = null) =>
        new LogVerifier(disk, new StorePaths(directory), Decode, progress).Run(0, long.MaxValue, _ => { });

    public static VerificationReport Dump(IFileSystem disk, long after, long upTo, Action<LogRecord> apply) =>
        new LogVerifier(disk, new StorePaths(SmallLog.Directory), Decode, null).Run(after, upTo, apply);

    public static long Backup(IFileSystem disk, string from = SmallLog.Directory, string to = Copy) =>
        new LogBackup(disk, new StorePaths(from), new CopyTarget(disk, new StorePaths(to)), Decode, null).Run();

    public static IReadOnlyList<string> Repair(IFileSystem disk) =>
        new LogRepair(disk, new StorePaths(SmallLog.Directory), new CopyTarget(disk, new StorePaths(Copy)), Decode, null).Run();

    /// <summary>Saves a snapshot that lists these holes. The log may already have deleted those of the first list.</summary>
    public static void Save(
        IFileSystem disk, Guid storeId, long sequence, IReadOnlyList<SequenceRange> gone, IReadOnlyList<SequenceRange> dropped,
        string directory = SmallLog.Directory) =>
        new FileSnapshotStore(directory, storeId, disk, NullLogger.Instance).Save(sequence, stream =>
        {
            using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            Write(writer, gone);
            Write(writer, dropped);
        });

    public static SnapshotHoles Decode(Stream stream)
    {
        using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        return new SnapshotHoles(Read(reader), Read(reader));
    }

    /// <summary>Recovers the copy as a server does: from its newest snapshot that can be read.</summary>
    public static List<LogRecord> RecoverCopy(IFileSystem disk, string directory = Copy)
    {
        var paths = new StorePaths(directory);
        using SegmentLog log = SegmentLog.Open(
            directory, SegmentLog.MinSegmentBytes, Durability.Fsync, disk, TimeProvider.System, NullLogger.Instance, work => work());
        long newest = SnapshotFile.List(disk, paths).FirstOrDefault();
        IReadOnlyList<SequenceRange> gone = [];
        if (newest > 0)
        {
            using Stream stream = SnapshotFile.Open(disk, paths, log.StoreId, newest);
            gone = Decode(stream).Gone;
        }

        log.Recover(newest, gone, _ => { });
        List<LogRecord> all = [];
        log.Replay(0, long.MaxValue, record => all.Add(record.Copy()));
        return all;
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<SequenceRange> ranges)
    {
        writer.Write(ranges.Count);
        foreach (SequenceRange range in ranges)
        {
            writer.Write(range.First);
            writer.Write(range.Last);
        }
    }

    private static SequenceRange[] Read(BinaryReader reader) =>
        [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => new SequenceRange(reader.ReadInt64(), reader.ReadInt64()))];
}
