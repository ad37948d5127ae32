using MessageQueue.Storage.Files;
using MessageQueue.Storage.Snapshots;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>
/// Snapshots on a disk that fails, loses its power, or becomes damaged: earlier snapshots survive, and no damaged one is used.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SnapshotFaultTests
{
    private const int Bytes = 70_000;

    private static readonly Guid StoreId = Guid.NewGuid();
    private static readonly StorePaths Paths = new(SmallLog.Directory);

    [Test]
    public void Older_snapshots_survive_whichever_operation_of_a_save_fails([Values] FaultKind kind)
    {
        int n = 1;
        for (; ; n++)
        {
            SimulatedDisk disk = TwoSaved();
            disk.FailAt(n, kind);
            bool saved = TrySave(disk, 30);
            if (disk.FailedOperation is not { } operation)
            {
                saved.Should().BeTrue();
                break;
            }

            saved.Should().Be(operation == DiskOperation.Delete, "only a snapshot that is too old may stay without an error");
            AssertWhole(disk, saved);
            foreach (SimulatedDisk crashed in SmallLog.Crashes(disk, n, randomCuts: 5))
            {
                AssertWhole(crashed, saved);
                TrySave(crashed, 40).Should().BeTrue();
                Open(crashed).Sequences.Should().HaveCount(2).And.HaveElementAt(0, 40);
                crashed.FileExists(Paths.NextSnapshot).Should().BeFalse();
            }
        }

        n.Should().BeGreaterThan(6);
    }

    [Test]
    public void Nothing_saved_is_lost_wherever_the_power_is_cut()
    {
        List<(SimulatedDisk Disk, long Saved)> cuts = [];
        SimulatedDisk disk = Empty();
        long saved = 0;
        disk.Observe = (_, _) => cuts.AddRange(SmallLog.Crashes(disk, disk.Operations, randomCuts: 8).Select(crashed => (crashed, saved)));
        for (long sequence = 10; sequence <= 50; sequence += 10)
        {
            TrySave(disk, sequence).Should().BeTrue();
            saved = sequence;
        }

        cuts.Count.Should().BeGreaterThan(200);
        foreach ((SimulatedDisk crashed, long known) in cuts)
        {
            FileSnapshotStore store = Open(crashed);
            if (known > 0)
            {
                store.Sequences[0].Should().BeGreaterThanOrEqualTo(known);
                AssertContent(store, store.Sequences[0]);
            }

            if (known > 10)
            {
                store.Sequences.Count.Should().BeGreaterThanOrEqualTo(2);
                AssertContent(store, store.Sequences[1]);
            }

            TrySave(crashed, 60).Should().BeTrue();
            AssertContent(Open(crashed), 60);
        }
    }

    [Test]
    public void Every_flipped_bit_is_found_and_the_older_snapshot_is_sound()
    {
        SimulatedDisk disk = TwoSaved();
        int length = disk.Raw(Paths.Snapshot(20)).Length;

        // Every bit of the header and around the ends of the blocks, and a few others.
        int block = (int)SnapshotBlocks.OffsetOf(1);
        int[] offsets =
            [.. Enumerable.Range(0, 80), .. Enumerable.Range(block - 12, 24), .. Enumerable.Range(length - 12, 12), 1000, 30_000, 69_000];
        foreach (int offset in offsets)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                disk.Raw(Paths.Snapshot(20))[offset] ^= (byte)(1 << bit);
                Assert.Throws<LogDamagedException>(() => Open(disk).Open(20))!.Message
                    .Should().Contain(Paths.Snapshot(20)).And.Contain("sequence 20");
                disk.Raw(Paths.Snapshot(20))[offset] ^= (byte)(1 << bit);
            }
        }

        AssertContent(Open(disk), 20);
        AssertContent(Open(disk), 10);
    }

    [Test]
    public void Every_shorter_or_longer_file_is_damaged()
    {
        SimulatedDisk disk = TwoSaved();
        using IFileHandle file = disk.Open(Paths.Snapshot(20), writable: true);
        file.SetLength(file.Length + 1);
        Assert.Throws<LogDamagedException>(() => Open(disk).Open(20));
        for (long length = file.Length - 2; length >= 0; length -= length > 200 ? 997 : 1)
        {
            file.SetLength(length);
            Assert.Throws<LogDamagedException>(() => Open(disk).Open(20));
        }
    }

    [Test]
    public void A_snapshot_of_another_store_or_sequence_is_not_used()
    {
        SimulatedDisk disk = TwoSaved();
        var stranger = new FileSnapshotStore(SmallLog.Directory, Guid.NewGuid(), disk, NullLogger.Instance);
        Assert.Throws<LogDamagedException>(() => stranger.Open(20))!.Message.Should().Contain("belongs to store");
        disk.Rename(Paths.Snapshot(10), Paths.Snapshot(21));
        Assert.Throws<LogDamagedException>(() => Open(disk).Open(21))!.Message.Should().Contain("made at sequence 10");
    }

    [Test]
    public void A_damaged_snapshot_is_not_kept_instead_of_a_good_one()
    {
        SimulatedDisk disk = TwoSaved();
        disk.Raw(Paths.Snapshot(20))[100] ^= 1;
        FileSnapshotStore store = Open(disk);
        Assert.Throws<LogDamagedException>(() => store.Open(20));
        AssertContent(store, 10);
        store.Save(15, stream => stream.Write(Content(15)));
        store.Sequences.Should().Equal(15, 10);
    }

    [Test]
    public void After_a_failed_sync_of_the_directory_no_snapshot_is_saved()
    {
        SimulatedDisk disk = TwoSaved();
        FileSnapshotStore store = Open(disk);
        disk.Observe = (operation, path) =>
        {
            if (operation == DiskOperation.SyncDirectory)
            {
                throw new IOException("EIO");
            }
        };
        Assert.Throws<IOException>(() => store.Save(30, stream => stream.Write(Content(30))));
        disk.Observe = null;
        Assert.Throws<IOException>(() => store.Save(40, stream => stream.Write(Content(40))));
    }

    private static SimulatedDisk Empty() => SimulatedDisk.Holding((Paths.Store, []));

    private static SimulatedDisk TwoSaved()
    {
        SimulatedDisk disk = Empty();
        TrySave(disk, 10).Should().BeTrue();
        TrySave(disk, 20).Should().BeTrue();
        return disk;
    }

    private static FileSnapshotStore Open(SimulatedDisk disk) => new(SmallLog.Directory, StoreId, disk, NullLogger.Instance);

    private static byte[] Content(long sequence) => SmallLog.Payload((int)sequence, Bytes);

    private static bool TrySave(SimulatedDisk disk, long sequence)
    {
        try
        {
            Open(disk).Save(sequence, stream => stream.Write(Content(sequence)));
            return true;
        }
        catch (Exception exception) when (exception is IOException or ArgumentOutOfRangeException)
        {
            disk.FailedOperation.Should().NotBeNull();
            return false;
        }
    }

    private static void AssertWhole(SimulatedDisk disk, bool saved)
    {
        FileSnapshotStore store = Open(disk);
        store.Sequences.Should().Contain(saved ? [30, 20] : [20, 10]);
        foreach (long sequence in store.Sequences)
        {
            AssertContent(store, sequence);
        }
    }

    private static void AssertContent(FileSnapshotStore store, long sequence)
    {
        using Stream stream = store.Open(sequence);
        byte[] content = new byte[Bytes];
        stream.ReadExactly(content);
        content.AsSpan().SequenceEqual(Content(sequence)).Should().BeTrue();
        stream.ReadByte().Should().Be(-1);
    }
}
