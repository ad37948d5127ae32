using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

[Parallelizable(ParallelScope.Self)]
internal sealed class InMemorySnapshotStoreTests : SnapshotStoreContract
{
    private InMemorySnapshotStore? _held;

    [TearDown]
    public void Forget() => _held = null;

    protected override ISnapshotStore Reopen() => _held ??= new InMemorySnapshotStore();
}
