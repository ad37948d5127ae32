using MessageQueue.Storage;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Tests.Storage;

/// <summary>The file log.</summary>
internal abstract class SegmentLogTests(LogPlace place) : EventLogContract
{
    [TearDown]
    public void Forget() => place.Forget();

    protected override IEventLog Reopen() => place.Reopen();

    [Parallelizable(ParallelScope.Self)]
    [TestFixture(Durability.Fsync)]
    [TestFixture(Durability.Os)]
    internal sealed class Simulated(Durability durability) : SegmentLogTests(new LogPlace.Simulated(durability));

    [Parallelizable(ParallelScope.Self)]
    [TestFixture(SegmentLog.MinSegmentBytes, Durability.Fsync)]
    [TestFixture(1 << 20, Durability.Os)]
    internal sealed class OnDisk(int segmentBytes, Durability durability) : SegmentLogTests(new LogPlace.OnDisk(segmentBytes, durability));
}
