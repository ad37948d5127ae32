using MessageQueue.Storage;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Tests.Storage;

/// <summary>The segments of the file log as extents.</summary>
internal abstract class SegmentExtentTests(LogPlace place) : ExtentContract
{
    [TearDown]
    public void Forget() => place.Forget();

    protected override IEventLog Reopen() => place.Reopen();

    [Parallelizable(ParallelScope.Self)]
    [TestFixture(Durability.Fsync)]
    [TestFixture(Durability.Os)]
    internal sealed class Simulated(Durability durability) : SegmentExtentTests(new LogPlace.Simulated(durability));

    [Parallelizable(ParallelScope.Self)]
    internal sealed class OnDisk() : SegmentExtentTests(new LogPlace.OnDisk(SegmentLog.MinSegmentBytes, Durability.Fsync));
}
