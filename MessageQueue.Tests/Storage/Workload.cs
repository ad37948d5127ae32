using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>A short life of a store with everything in it: creation, rotation, a clean close, a second start and a kill.</summary>
internal sealed class Workload(SimulatedDisk disk, Acknowledged acknowledged)
{
    private SegmentLog? _log;

    /// <exception cref="LogFailedException">The disk failed. From then on every operation of the log must fail.</exception>
    public void Run()
    {
        Start();
        for (int i = 0; i < 5; i++)
        {
            acknowledged.Append(_log!, SmallLog.Payload(i, 1000), SmallLog.Payload(i + 100, 5), SmallLog.Payload(i + 200, 700));
        }

        _log!.Dispose();
        Start();
        for (int i = 0; i < 3; i++)
        {
            acknowledged.Append(_log!, SmallLog.Payload(i, 1900));
        }
    }

    /// <summary>Checks that after a failure everything fails with the same message, even if the disk works again.</summary>
    public void AssertDead(LogFailedException failure)
    {
        // Without a log, opening it failed, so there is nothing to check.
        for (int i = 0; i < 2 && _log is not null; i++)
        {
            LogFailedException? again = Assert.Throws<LogFailedException>(() => _log.Append([new(1, 1, new byte[3])], 1_000));
            again!.Message.Should().Be(failure.Message);
        }

        _log?.Dispose();
    }

    private void Start()
    {
        _log = null;
        _log = SmallLog.Open(disk);
        acknowledged.Recover(_log);
    }
}
