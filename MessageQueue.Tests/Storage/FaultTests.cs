using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>Lets every operation of a store's life fail in every way, followed by every kind of crash.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FaultTests
{
    [Test]
    public void Nothing_acknowledged_is_lost_whichever_operation_fails([Values] FaultKind kind)
    {
        var failed = new HashSet<DiskOperation>();
        for (int n = 1; ; n++)
        {
            var disk = new SimulatedDisk();
            var acknowledged = new Acknowledged();
            var workload = new Workload(disk, acknowledged);
            disk.FailAt(n, kind);
            RunToFailure(workload, disk);
            if (disk.FailedOperation is not { } operation)
            {
                break;
            }

            failed.Add(operation);
            foreach (SimulatedDisk crashed in SmallLog.Crashes(disk, seed: n, randomCuts: 3))
            {
                SmallLog.RecoverAndGoOn(crashed, acknowledged.Clone());
            }
        }

        failed.Should().Contain(
        [
            DiskOperation.CreateDirectory, DiskOperation.SyncDirectory, DiskOperation.Create, DiskOperation.Rename, DiskOperation.Write,
            DiskOperation.SetLength, DiskOperation.Sync,
        ]);
    }

    [Test]
    public void Nothing_is_lost_whichever_operation_of_a_recovery_fails([Values] FaultKind kind)
    {
        (SimulatedDisk crashed, Acknowledged written) = TornLog();
        for (int n = 1; ; n++)
        {
            SimulatedDisk disk = crashed.AfterCrash(Survival.Everything);
            Acknowledged acknowledged = written.Clone();
            disk.FailAt(n, kind);
            SegmentLog log = SmallLog.Open(disk);
            try
            {
                acknowledged.Recover(log);
            }
            catch (LogFailedException)
            {
                Assert.Throws<LogFailedException>(() => log.Append([new(1, 1, new byte[3])], 1_000));
            }

            if (disk.FailedOperation is null)
            {
                break;
            }

            foreach (SimulatedDisk again in SmallLog.Crashes(disk, seed: n, randomCuts: 3))
            {
                SmallLog.RecoverAndGoOn(again, acknowledged.Clone());
            }
        }
    }

    [Test]
    public void The_next_start_does_not_trust_what_a_failed_sync_lost()
    {
        var disk = new SimulatedDisk();
        var acknowledged = new Acknowledged();
        SegmentLog log = SmallLog.Open(disk);
        acknowledged.Recover(log);
        acknowledged.Append(log, [1, 2, 3]);
        int operations = disk.Operations;
        acknowledged.Append(log, [4, 5, 6]);
        disk.FailAt(disk.Operations - operations, FaultKind.PagesLost);
        Assert.Throws<LogFailedException>(() => acknowledged.Append(log, [7, 8, 9]));

        // The page cache still shows the batch, clean; the disk never got it.
        disk = disk.AfterCrash(Survival.Everything);
        acknowledged.Recover(SmallLog.Open(disk));
        acknowledged.Count.Should().Be(3);
        SmallLog.RecoverAndGoOn(disk.AfterCrash(Survival.OnlySynced), acknowledged);
    }

    [Test]
    public void A_disk_that_cannot_be_read_is_damage()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 5, payloadBytes: 900, close: true);
        disk.Unreadable = SmallLog.Segment(1);
        SmallLog.Open(disk).Invoking(log => log.Recover(_ => { }))
            .Should().Throw<LogDamagedException>().WithMessage($"*{disk.Unreadable}*");
        disk.Operations.Should().Be(0);
    }

    [Test]
    public void An_exception_of_the_callback_is_neither_damage_nor_a_failure()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 5, payloadBytes: 900, close: true);
        SmallLog.Open(disk).Invoking(log => log.Recover(_ => throw new IOException("mine")))
            .Should().Throw<IOException>().WithMessage("mine");
    }

    /// <summary>
    /// Runs until the disk fails. A failure while a segment is prepared, or of the mark at the close, does not fail the log.
    /// </summary>
    private static void RunToFailure(Workload workload, SimulatedDisk disk)
    {
        try
        {
            workload.Run();
        }
        catch (LogFailedException failure)
        {
            disk.FailedOperation.Should().NotBeNull();
            workload.AssertDead(failure);
        }
    }

    /// <summary>Returns a log with one whole batch, and a last batch that a power cut left half written.</summary>
    private static (SimulatedDisk Disk, Acknowledged Acknowledged) TornLog()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 4, payloadBytes: 900, close: false);
        SegmentLog log = SmallLog.Open(disk);
        acknowledged.Recover(log);
        acknowledged.Append(log, SmallLog.Payload(1, 600));
        disk.FailAt(2, FaultKind.Short);
        Assert.Throws<LogFailedException>(() => acknowledged.Append(log, SmallLog.Payload(2, 1000), SmallLog.Payload(3, 100)));
        return (disk, acknowledged);
    }
}
