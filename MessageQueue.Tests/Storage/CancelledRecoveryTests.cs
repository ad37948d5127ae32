using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>A start that is cancelled while it reads the log.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CancelledRecoveryTests
{
    [Test]
    public void A_cancelled_recovery_stops_after_the_current_batch_and_changes_nothing([Values(1, 5, 9)] int records)
    {
        (SimulatedDisk disk, Acknowledged acknowledged) = SmallLog.Write(batches: 10, payloadBytes: 1200, close: false);
        int operations = disk.Operations;
        using CancellationTokenSource stopping = new();
        int read = 0;
        SegmentLog log = SmallLog.Open(disk);

        Action recover = () => log.Recover(0, [], _ =>
        {
            if (++read == records)
            {
                stopping.Cancel();
            }
        }, stopping.Token);

        recover.Should().Throw<OperationCanceledException>();
        read.Should().BeInRange(records, records + 1, "a batch has two records");
        log.Dispose();
        disk.Operations.Should().Be(operations);
        using SegmentLog next = SmallLog.Open(disk);
        acknowledged.Recover(next);
    }

    [Test]
    public void A_cancelled_recovery_does_not_look_at_segments_before_the_snapshot()
    {
        (SimulatedDisk disk, _) = SmallLog.Write(batches: 10, payloadBytes: 1200, close: true);
        int operations = disk.Operations;
        SegmentLog log = SmallLog.Open(disk);

        log.Invoking(l => l.Recover(12, [], _ => { }, new CancellationToken(canceled: true))).Should().Throw<OperationCanceledException>();

        log.Dispose();
        disk.Operations.Should().Be(operations);
    }
}
