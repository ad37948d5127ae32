using MessageQueue.Storage;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>The place of the log in the contract tests. Opening the log again closes the one that was opened before.</summary>
internal abstract class LogPlace
{
    private IEventLog? _open;

    /// <summary>Opens the same store again, without recovery.</summary>
    public IEventLog Reopen()
    {
        _open?.Dispose();
        return _open = Open();
    }

    /// <summary>Makes the next log that of another, empty store.</summary>
    public virtual void Forget()
    {
        _open?.Dispose();
        _open = null;
    }

    protected abstract IEventLog Open();

    /// <summary>A simulated disk and small segments, so that every test uses many of them.</summary>
    public sealed class Simulated(Durability durability) : LogPlace
    {
        private SimulatedDisk _disk = new();

        public override void Forget()
        {
            base.Forget();
            _disk = new SimulatedDisk();
        }

        protected override IEventLog Open() => SmallLog.Open(_disk, durability);
    }

    /// <summary>The real disk, and the thread pool for the background work.</summary>
    public sealed class OnDisk(int segmentBytes, Durability durability) : LogPlace
    {
        private TemporaryDirectory? _directory;

        public override void Forget()
        {
            base.Forget();
            _directory?.Dispose();
            _directory = null;
        }

        protected override IEventLog Open()
        {
            _directory ??= new TemporaryDirectory();
            return SegmentLog.Open(
                Path.Combine(_directory.FullName, "some", "data"), segmentBytes, durability, DiskFileSystem.Instance, TimeProvider.System,
                NullLogger.Instance);
        }
    }
}
