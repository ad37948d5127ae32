using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>A short life of a store with everything in it: creation, rotation, a clean close, a second start and a kill.</summary>
internal sealed class Workload(SimulatedDisk disk, Acknowledged acknowledged)
{
    private SegmentLog? _log;

    /// <exception cref="LogFailedException">The disk failed. The log is to be dead from then on.</exception>
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

    /// <summary>After a failure: everything fails with the same words, whatever the disk does meanwhile.</summary>
    public void AssertDead(LogFailedException failure)
    {
        // Without a log it was the opening that failed, and there is nothing to be dead.
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
