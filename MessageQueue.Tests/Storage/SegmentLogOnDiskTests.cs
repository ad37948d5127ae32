using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>The real disk, and the thread pool for the background work.</summary>
[Parallelizable(ParallelScope.Self)]
[TestFixture(SegmentLog.MinSegmentBytes, Durability.Fsync)]
[TestFixture(1 << 20, Durability.Os)]
internal sealed class SegmentLogOnDiskTests(int segmentBytes, Durability durability) : EventLogContract
{
    private TemporaryDirectory? _directory;
    private SegmentLog? _open;

    [TearDown]
    public void Forget()
    {
        _open?.Dispose();
        _open = null;
        _directory?.Dispose();
        _directory = null;
    }

    protected override IEventLog Reopen()
    {
        _open?.Dispose();
        _directory ??= new TemporaryDirectory();
        return _open = SegmentLog.Open(
            Path.Combine(_directory.FullName, "some", "data"), segmentBytes, durability, DiskFileSystem.Instance, TimeProvider.System,
            NullLogger.Instance);
    }
}
