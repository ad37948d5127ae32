using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Snapshots;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

[Parallelizable(ParallelScope.Self)]
[TestFixture(true)]
[TestFixture(false)]
internal sealed class FileSnapshotStoreTests(bool onDisk) : SnapshotStoreContract
{
    private static readonly Guid StoreId = Guid.NewGuid();

    private SimulatedDisk _disk = Formatted();
    private TemporaryDirectory? _directory;

    [TearDown]
    public void Forget()
    {
        _directory?.Dispose();
        _directory = null;
        _disk = Formatted();
    }

    protected override ISnapshotStore Reopen()
    {
        _directory ??= new TemporaryDirectory();
        return onDisk
            ? new FileSnapshotStore(_directory.FullName, StoreId, DiskFileSystem.Instance, NullLogger.Instance)
            : new FileSnapshotStore(SmallLog.Directory, StoreId, _disk, NullLogger.Instance);
    }

    private static SimulatedDisk Formatted() => SimulatedDisk.Holding((SmallLog.Directory + "/STORE", []));
}
