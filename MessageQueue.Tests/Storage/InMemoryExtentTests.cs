using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

/// <summary>The extents of the log in memory.</summary>
[Parallelizable(ParallelScope.Self)]
internal sealed class InMemoryExtentTests : ExtentContract
{
    private InMemoryEventLog? _held;

    [TearDown]
    public void Forget()
    {
        _held?.Dispose();
        _held = null;
    }

    protected override IEventLog Reopen() => _held ??= new InMemoryEventLog(maxPayloadBytes: 64 * 1024, extentRecords: 8);
}
