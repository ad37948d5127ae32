using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Maintenance;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage.Maintenance;

/// <summary>A copy that is started becomes a log of its own, and names the log that it continues.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CopyTests
{
    [Test]
    public void The_first_start_of_a_copy_gives_it_a_new_id_and_the_next_one_keeps_it()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 9, payloadBytes: 900, close: true);
        LogIdentity original = Start(disk, SmallLog.Directory);
        long last = ToolBox.Backup(disk);

        LogIdentity copy = Start(disk, ToolBox.Copy, acknowledged);

        copy.Id.Should().NotBe(original.Id);
        copy.Origins.Should().Equal(new LogOrigin(original.Id, last));
        AssertSame(Start(disk.AfterCrash(Survival.OnlySynced), ToolBox.Copy), copy);
        AssertSame(Start(disk, SmallLog.Directory), original);
    }

    [Test]
    public void A_copy_logs_once_what_it_is()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 3, payloadBytes: 100, close: true);
        long last = ToolBox.Backup(disk);
        var said = new LoggedLines();

        LogIdentity copy = Start(disk, ToolBox.Copy, logger: said);
        Start(disk, ToolBox.Copy, logger: said);

        said.Said.Should().ContainSingle(line => line.Contains("is a copy", StringComparison.Ordinal))
            .Which.Should().ContainAll($"{copy.Id:n}", $"{copy.Origins[0].Id:n}", $"up to sequence {last};");
    }

    [Test]
    public void A_backup_that_is_restored_twice_becomes_two_logs()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 3, payloadBytes: 100, close: true);
        ToolBox.Backup(disk);
        SimulatedDisk another = disk.AfterCrash(Survival.Everything);

        Start(disk, ToolBox.Copy).Id.Should().NotBe(Start(another, ToolBox.Copy).Id);
    }

    [Test]
    public void A_copy_of_a_copy_lists_both_logs_and_the_last_sequence_in_common_with_each()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 3, payloadBytes: 100, close: true);
        Guid first = Start(disk, SmallLog.Directory).Id;
        long withFirst = ToolBox.Backup(disk, to: "/second");
        Guid second = Start(disk, "/second", append: 5).Id;
        long withSecond = ToolBox.Backup(disk, "/second", "/third");

        Start(disk, "/third").Origins.Should().Equal(new LogOrigin(second, withSecond), new LogOrigin(first, withFirst));
        withSecond.Should().BeGreaterThan(withFirst);
    }

    [Test]
    public void A_copy_that_ends_earlier_has_no_more_in_common_with_older_logs_either()
    {
        (Guid first, Guid second, Guid third) = (Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid());

        LogIdentity repaired = new LogIdentity(first, []).ContinuedBy(second, upTo: 100).ContinuedBy(third, upTo: 40);

        repaired.Origins.Should().Equal(new LogOrigin(second, 40), new LogOrigin(first, 40));
    }

    [Test]
    public void A_copy_that_was_not_started_has_no_log_id_of_its_own()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 3, payloadBytes: 100, close: true);
        Guid original = Start(disk, SmallLog.Directory).Id;
        ToolBox.Verify(disk).IsCopy.Should().BeFalse();
        long last = ToolBox.Backup(disk);
        ToolBox.Verify(disk, ToolBox.Copy).IsCopy.Should().BeTrue();
        ToolBox.Backup(disk, ToolBox.Copy, "/again");

        Start(disk, "/again").Origins.Should().Equal(new LogOrigin(original, last));
        ToolBox.Verify(disk, "/again").IsCopy.Should().BeFalse();
    }

    [Test]
    public void Only_the_newest_origins_are_kept()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 1, payloadBytes: 100, close: true);
        List<Guid> ids = [Start(disk, SmallLog.Directory).Id];
        for (int i = 0; i < LogIdentity.MaxOrigins + 3; i++)
        {
            Renew(disk).Should().Be(ids[0]);
            ids.Insert(0, Start(disk, SmallLog.Directory).Id);
        }

        Start(disk, SmallLog.Directory).Origins.Select(origin => origin.Id).Should().Equal(ids.Skip(1).Take(LogIdentity.MaxOrigins));
    }

    [Test]
    public void A_directory_copied_by_other_means_is_renewed_by_hand()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 5, payloadBytes: 900, close: true);
        Guid id = StoreOf(disk, SmallLog.Directory).Log.Id;

        Renew(disk).Should().Be(id);

        LogIdentity renewed = Start(disk.AfterCrash(Survival.OnlySynced), SmallLog.Directory, acknowledged);
        renewed.Id.Should().NotBe(id);
        renewed.Origins.Should().ContainSingle().Which.Id.Should().Be(id);
        renewed.Origins[0].UpTo.Should().Be(acknowledged.Last + 1, "the mark of the clean close has a sequence too");
    }

    [Test]
    public void A_log_in_use_and_a_directory_without_a_log_are_not_renewed()
    {
        var disk = new SimulatedDisk();
        using SegmentLog log = SmallLog.Open(disk);
        Assert.Throws<ArgumentException>(() => Renew(disk))!.Message.Should().Contain("not a data directory");
        log.Recover(_ => { });
        Assert.Throws<LogLockedException>(() => Renew(disk));
    }

    [Test]
    public void A_copy_is_never_served_under_the_id_of_the_original_whatever_ends_its_first_start([Values] FaultKind kind)
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 5, payloadBytes: 900, close: true);
        Guid original = StoreOf(disk, SmallLog.Directory).Log.Id;
        Renew(disk);
        for (int n = 1; ; n++)
        {
            SimulatedDisk failing = disk.AfterCrash(Survival.Everything);
            failing.FailAt(n, kind);
            Guid? served = TryStart(failing);
            served.Should().NotBe(original);
            foreach (SimulatedDisk crashed in SmallLog.Crashes(failing, seed: n, randomCuts: 8))
            {
                AssertStartsAs(crashed, served, original, acknowledged);
            }

            if (failing.FailedOperation is null)
            {
                break;
            }
        }
    }

    [Test]
    public void A_power_cut_during_the_first_start_of_a_copy_loses_nothing_and_never_serves_it_as_the_original()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 5, payloadBytes: 900, close: true);
        Guid original = StoreOf(disk, SmallLog.Directory).Log.Id;
        Renew(disk);
        List<SimulatedDisk> cuts = [];
        disk.Observe = (_, _) => cuts.AddRange(SmallLog.Crashes(disk, disk.Operations, randomCuts: 20));
        TryStart(disk);
        disk.Observe = null;

        cuts.Count.Should().BeGreaterThan(100);
        foreach (SimulatedDisk crashed in cuts)
        {
            AssertStartsAs(crashed, served: null, original, acknowledged);
        }
    }

    [Test]
    public void A_power_cut_while_a_copy_is_marked_leaves_the_log_as_it_was([Values] FaultKind kind)
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 2, payloadBytes: 900, close: true);
        for (int n = 1; ; n++)
        {
            SimulatedDisk failing = disk.AfterCrash(Survival.Everything);
            failing.FailAt(n, kind);
            try
            {
                Renew(failing);
            }
            catch (Exception exception) when (exception is IOException or ArgumentOutOfRangeException)
            {
                failing.FailedOperation.Should().NotBeNull();
            }

            foreach (SimulatedDisk crashed in SmallLog.Crashes(failing, seed: n, randomCuts: 3))
            {
                if (failing.FailedOperation is null)
                {
                    StoreOf(crashed, SmallLog.Directory).IsCopy.Should().BeTrue("the log entry says that it was marked");
                }

                SmallLog.RecoverAndGoOn(crashed, acknowledged.Clone());
            }

            if (failing.FailedOperation is null)
            {
                break;
            }
        }
    }

    [Test]
    public void A_repaired_log_is_a_copy_up_to_what_was_lost_first()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 14, payloadBytes: 1100, close: true);
        Guid id = StoreOf(disk, SmallLog.Directory).Log.Id;
        disk.Raw(SmallLog.Segment(5))[SegmentHeader.Bytes + 50] ^= 1;
        ToolBox.Repair(disk);

        LogIdentity repaired = Start(disk, ToolBox.Copy);

        repaired.Id.Should().NotBe(id);
        repaired.Origins.Should().Equal(new LogOrigin(id, 4));
    }

    [Test]
    public void A_log_whose_end_was_repaired_reuses_numbers_and_so_gets_a_new_id()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 3, payloadBytes: 900, close: false);
        Guid id = StoreOf(disk, SmallLog.Directory).Log.Id;
        string last = SmallLog.Segment(disk.ListFiles("/data/log").Select(StorePaths.ParseSegment).OfType<long>().Max());
        disk.Raw(last)[SegmentHeader.Bytes + RecordCodec.SizeOf(900) + 40] ^= 1;
        ToolBox.Repair(disk);

        LogIdentity repaired = Start(disk, ToolBox.Copy, append: 1);

        repaired.Id.Should().NotBe(id);
        repaired.Origins.Should().ContainSingle().Which.UpTo.Should().BeLessThan(acknowledged.Last);
    }

    [Test]
    public void A_repaired_log_whose_id_is_lost_continues_no_known_log()
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 5, payloadBytes: 500, close: true);
        Guid id = StoreOf(disk, SmallLog.Directory).Log.Id;
        disk.Raw("/data/STORE")[20] ^= 1;
        ToolBox.Repair(disk);
        var said = new LoggedLines();

        LogIdentity repaired = Start(disk, ToolBox.Copy, acknowledged, logger: said);

        repaired.Id.Should().NotBe(id).And.NotBe(Guid.Empty);
        repaired.Origins.Should().BeEmpty();
        said.Said.Should().ContainSingle(line => line.Contains("is unknown", StringComparison.Ordinal))
            .Which.Should().Contain($"{repaired.Id:n}");
    }

    [Test]
    public void Every_flipped_bit_in_the_STORE_of_a_copy_is_refused([Values] bool started)
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 2, payloadBytes: 100, close: true);
        Renew(disk);
        if (started)
        {
            Start(disk, SmallLog.Directory);
        }

        int length = disk.Raw("/data/STORE").Length;
        for (int bit = 0; bit < length * 8; bit++)
        {
            disk.Raw("/data/STORE")[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<LogDamagedException>(() => SmallLog.Open(disk))!.Message.Should().Contain("/data/STORE");
            disk.Raw("/data/STORE")[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    /// <summary>
    /// Recovers the crashed disk twice, with a power cut between. All records must be there, and both starts give the same new log.
    /// </summary>
    private static void AssertStartsAs(SimulatedDisk crashed, Guid? served, Guid original, Acknowledged acknowledged)
    {
        LogIdentity started = Start(crashed, SmallLog.Directory, acknowledged);
        started.Id.Should().NotBe(original);
        started.Id.Should().Be(served ?? started.Id, "its clients know it by that id");
        started.Origins.Should().ContainSingle().Which.Id.Should().Be(original);
        started.Origins[0].UpTo.Should().BeGreaterThanOrEqualTo(acknowledged.Last);
        AssertSame(Start(crashed.AfterCrash(Survival.OnlySynced), SmallLog.Directory, acknowledged), started);
    }

    private static void AssertSame(LogIdentity found, LogIdentity expected)
    {
        found.Id.Should().Be(expected.Id);
        found.Origins.Should().Equal(expected.Origins);
    }

    /// <summary>Returns the log id that clients would see; null if the start failed.</summary>
    private static Guid? TryStart(SimulatedDisk disk)
    {
        SegmentLog log = SmallLog.Open(disk);
        try
        {
            log.Recover(_ => { });
            return log.Identity.Id;
        }
        catch (LogFailedException)
        {
            return null;
        }
    }

    /// <summary>Starts a server's log in a directory and closes it.</summary>
    private static LogIdentity Start(
        IFileSystem disk, string directory, Acknowledged? acknowledged = null, int append = 0, ILogger? logger = null)
    {
        using SegmentLog log = SegmentLog.Open(
            directory, SegmentLog.MinSegmentBytes, Durability.Fsync, disk, TimeProvider.System,
            logger ?? NullLogger.Instance, work => work());
        if (acknowledged is null)
        {
            log.Recover(_ => { });
        }
        else
        {
            acknowledged.Clone().Recover(log);
        }

        for (int i = 0; i < append; i++)
        {
            log.Append([new LogEntry(1, 1, SmallLog.Payload(i, 50))], Acknowledged.Time);
        }

        return log.Identity;
    }

    private static Guid Renew(IFileSystem disk) => new LogRenewal(disk, new StorePaths(SmallLog.Directory)).Run();

    private static StoreFile StoreOf(IFileSystem disk, string directory) => StoreFile.TryRead(disk, new StorePaths(directory))!.Value;
}
