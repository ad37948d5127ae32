using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>Cuts the power, or kills the process, before every operation of a store's life.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PowerCutTests
{
    [Test]
    public void Nothing_acknowledged_is_lost_wherever_the_power_is_cut()
    {
        var acknowledged = new Acknowledged();
        List<(SimulatedDisk Disk, Acknowledged Acknowledged)> cuts = [];
        var disk = new SimulatedDisk();
        disk.Observe = (_, _) =>
        {
            Acknowledged known = acknowledged.Clone();
            cuts.AddRange(SmallLog.Crashes(disk, seed: disk.Operations, randomCuts: 8).Select(crashed => (crashed, known.Clone())));
        };
        new Workload(disk, acknowledged).Run();

        cuts.Count.Should().BeGreaterThan(500);
        foreach ((SimulatedDisk crashed, Acknowledged known) in cuts)
        {
            SmallLog.RecoverAndGoOn(crashed, known);
        }
    }

    [Test]
    public void A_kill_and_then_a_power_cut_lose_nothing()
    {
        var acknowledged = new Acknowledged();
        List<(SimulatedDisk Disk, Acknowledged Acknowledged)> cuts = [];
        var disk = new SimulatedDisk();
        disk.Observe = (_, _) => cuts.Add((disk.AfterCrash(Survival.Everything), acknowledged.Clone()));
        new Workload(disk, acknowledged).Run();

        foreach ((SimulatedDisk killed, Acknowledged known) in cuts)
        {
            SegmentLog log = SmallLog.Open(killed);
            known.Recover(log);
            SmallLog.RecoverAndGoOn(killed.AfterCrash(Survival.OnlySynced), known);
        }
    }

    [Test]
    public void Without_batch_syncs_a_power_cut_loses_only_the_end_of_the_log()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            CutWithoutSyncs(seed);
        }
    }

    [Test]
    public void Durability_does_not_depend_on_background_work([Values(Durability.Fsync, Durability.Os)] Durability durability)
    {
        // The background work never runs: no segment is sealed or prepared in advance.
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk, durability, background: _ => { });
        var acknowledged = new Acknowledged();
        acknowledged.Recover(log);
        for (int i = 0; i < 6; i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 1700));
        }

        // Two batches per segment. Without a sync per batch, only those of the last segment may be lost.
        List<long> found = [];
        SmallLog.Open(disk.AfterCrash(Survival.OnlySynced)).Recover(record => found.Add(record.Sequence));
        found.Should().Equal(Enumerable.Range(1, durability == Durability.Fsync ? 6 : 4).Select(i => (long)i));
        SmallLog.RecoverAndGoOn(disk.AfterCrash(Survival.Everything), acknowledged);
    }

    [Test]
    public void Without_batch_syncs_a_kill_loses_nothing()
    {
        var disk = new SimulatedDisk();
        var acknowledged = new Acknowledged();
        SegmentLog log = SmallLog.Open(disk, Durability.Os);
        acknowledged.Recover(log);
        for (int i = 0; i < 12; i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 800));
        }

        acknowledged.Recover(SmallLog.Open(disk.AfterCrash(Survival.Everything), Durability.Os));
    }

    private static void CutWithoutSyncs(int seed)
    {
        var disk = new SimulatedDisk();
        SegmentLog log = SmallLog.Open(disk, Durability.Os);
        var acknowledged = new Acknowledged();
        acknowledged.Recover(log);
        for (int i = 0; i < 2 + (seed % 9); i++)
        {
            acknowledged.Append(log, SmallLog.Payload(i, 30 + (seed * i % 700)));
        }

        disk = disk.AfterCrash(Survival.Random, seed);
        List<long> found = [];
        using (SegmentLog again = SmallLog.Open(disk, Durability.Os))
        {
            again.Recover(record => found.Add(record.Sequence));
            again.Append([new(1, 1, new byte[10])], 1).Should().Be(found.Count + 1);
        }

        found.Should().Equal(acknowledged.Payloads.Keys.Take(found.Count));
        int after = 0;
        SmallLog.Open(disk, Durability.Os).Recover(_ => after++);
        after.Should().Be(found.Count + 1);
    }
}
