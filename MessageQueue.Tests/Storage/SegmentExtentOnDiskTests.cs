using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Storage;

/// <summary>The segments of the file log as extents, on the real disk and with the thread pool for the background work.</summary>
[Parallelizable(ParallelScope.Self)]
internal sealed class SegmentExtentOnDiskTests : ExtentContract
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
            _directory.FullName, SegmentLog.MinSegmentBytes, Durability.Fsync, DiskFileSystem.Instance, TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
    }
}
