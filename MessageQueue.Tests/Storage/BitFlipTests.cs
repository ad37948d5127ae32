using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>Flips every bit of a small log with several segments, one at a time.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BitFlipTests
{
    private const int PayloadBytes = 70;

    private static readonly (SortedDictionary<string, byte[]> Files, Acknowledged Acknowledged) ClosedLog = Write(close: true);
    private static readonly string[] Paths =
        [.. ClosedLog.Files.Keys.Where(
            path => path.EndsWith("STORE", StringComparison.Ordinal) || path.EndsWith(".seg", StringComparison.Ordinal))];

    [TestCaseSource(nameof(Paths))]
    public void Every_flipped_bit_of_a_closed_log_is_refused_and_nothing_is_changed(string path)
    {
        SimulatedDisk disk = Disk();
        bool isLast = path == Paths.Last(other => other.EndsWith(".seg", StringComparison.Ordinal));
        int length = disk.Raw(path).Length;

        // The last batch is only the mark of the clean close: a flip in it looks like a torn write, and nothing is lost.
        int end = isLast ? length - RecordHeader.Bytes : length;
        for (int bit = 0; bit < end * 8; bit++)
        {
            disk.Raw(path)[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(disk, path, bit / 8);
            disk.Raw(path)[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        disk.Operations.Should().Be(0, "nothing on the disk is touched");
    }

    [Test]
    public void A_flip_in_the_mark_of_a_clean_close_loses_nothing()
    {
        string path = Paths.Last(other => other.EndsWith(".seg", StringComparison.Ordinal));
        int length = ClosedLog.Files[path].Length;
        for (int bit = (length - RecordHeader.Bytes) * 8; bit < length * 8; bit++)
        {
            SimulatedDisk disk = Disk();
            disk.Raw(path)[bit / 8] ^= (byte)(1 << (bit % 8));
            using SegmentLog log = SmallLog.Open(disk);
            int found = 0;
            log.Recover(_ => found++);
            found.Should().Be(ClosedLog.Acknowledged.Count);
        }
    }

    [Test]
    public void After_a_crash_every_flipped_bit_before_the_last_batch_is_refused()
    {
        (SortedDictionary<string, byte[]> files, _) = Write(close: false);
        string path = files.Keys.Last(other => other.EndsWith(".seg", StringComparison.Ordinal));
        SimulatedDisk disk = SimulatedDisk.Holding([.. files.Select(file => (file.Key, file.Value))]);
        int end = SegmentHeader.Bytes + RecordCodec.SizeOf(PayloadBytes) + RecordCodec.SizeOf(PayloadBytes / 2);
        for (int bit = SegmentHeader.Bytes * 8; bit < end * 8; bit++)
        {
            disk.Raw(path)[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(disk, path, bit / 8);
            disk.Raw(path)[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    /// <summary>Writes three segments of two batches each. They are short because every restart starts a segment.</summary>
    private static (SortedDictionary<string, byte[]> Files, Acknowledged Acknowledged) Write(bool close)
    {
        var disk = new SimulatedDisk();
        var acknowledged = new Acknowledged();
        for (int run = 0; run < 3; run++)
        {
            SegmentLog log = SmallLog.Open(disk);
            acknowledged.Recover(log);
            for (int i = 0; i < 2; i++)
            {
                acknowledged.Append(
                    log, SmallLog.Payload((run * 4) + i, PayloadBytes), SmallLog.Payload((run * 4) + i + 2, PayloadBytes / 2));
            }

            disk = close || run < 2 ? Closed(log, disk) : disk.AfterCrash(Survival.Everything);
        }

        return (disk.Contents(), acknowledged);
    }

    private static SimulatedDisk Closed(SegmentLog log, SimulatedDisk disk)
    {
        log.Dispose();
        return disk;
    }

    private static SimulatedDisk Disk() => SimulatedDisk.Holding([.. ClosedLog.Files.Select(file => (file.Key, file.Value))]);

    private static void AssertRefused(SimulatedDisk disk, string path, int offset)
    {
        try
        {
            using SegmentLog log = SmallLog.Open(disk);
            log.Recover(_ => { });
        }
        catch (LogDamagedException exception)
        {
            if (!exception.Message.Contains(path, StringComparison.Ordinal)
                || !exception.Message.Contains("offset", StringComparison.Ordinal)
                || !exception.Message.Contains("sequence", StringComparison.Ordinal))
            {
                Assert.Fail($"A flip at {offset} of '{path}' was refused with: {exception.Message}");
            }

            return;
        }

        Assert.Fail($"A flip at {offset} of '{path}' was not noticed.");
    }
}
