using MessageQueue.Storage;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Storage.Simulation;

namespace MessageQueue.Tests.Storage;

/// <summary>The segments of the file log as extents, over small segments.</summary>
[Parallelizable(ParallelScope.Self)]
[TestFixture(Durability.Fsync)]
[TestFixture(Durability.Os)]
internal sealed class SegmentExtentTests(Durability durability) : ExtentContract
{
    private SimulatedDisk _disk = new();
    private SegmentLog? _open;

    [TearDown]
    public void Forget()
    {
        _disk = new SimulatedDisk();
        _open = null;
    }

    protected override IEventLog Reopen()
    {
        _open?.Dispose();
        return _open = SmallLog.Open(_disk, durability);
    }
}
