using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Storage.Simulation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>How much free space a log requires before it starts.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class DiskNeedsTests
{
    private const int SegmentBytes = 64 * 1024;
    private const int Reserve = 100_000;
    private const int Needed = (2 * SegmentBytes) + Reserve + (SegmentBytes / 4);

    [Test]
    public void A_new_log_on_a_disk_that_is_too_small_is_refused_with_what_to_do_and_leaves_no_files()
    {
        SimulatedDisk disk = new() { Capacity = Needed - 1 };

        FluentActions.Invoking(() => Open(disk)).Should().Throw<DiskFullException>().Which.Message.Should().ContainAll(
            SmallLog.Directory, $"{Needed - 1} bytes free", $"needs {Needed}", "; make room", "SegmentBytes", "ReserveBytes");

        disk.Contents().Should().BeEmpty();
    }

    [Test]
    public void Exactly_the_needed_space_is_enough()
    {
        using SegmentLog log = Open(new SimulatedDisk { Capacity = Needed });
        log.Recover(_ => { });
        log.HasRoom.Should().BeTrue();
    }

    [Test]
    public void An_existing_log_is_opened_with_less_space_and_a_warning()
    {
        SimulatedDisk disk = new() { Capacity = Needed };
        using (SegmentLog log = Open(disk))
        {
            log.Recover(_ => { });
        }

        using (IFileHandle other = disk.Create("/other"))
        {
            other.Allocate(disk.FreeBytes("/"));
        }

        LoggedLines lines = new();
        using SegmentLog again = Open(disk, lines);
        again.Recover(_ => { });

        lines.Said.Should().ContainSingle(line => line.Contains($"should find {Needed}"));
    }

    [Test]
    public void Space_that_the_log_already_has_counts_as_free()
    {
        SimulatedDisk disk = new() { Capacity = Needed + (2 * SegmentBytes) };
        using (SegmentLog log = Open(disk))
        {
            log.Recover(_ => { });
        }

        LoggedLines lines = new();
        Open(disk, lines).Dispose();

        lines.Said.Should().NotContain(line => line.Contains("should find"));
    }

    private static SegmentLog Open(SimulatedDisk disk, ILogger? logger = null) => SegmentLog.Open(
        SmallLog.Directory, SegmentBytes, Durability.Fsync, disk, TimeProvider.System, logger ?? NullLogger.Instance, work => work(),
        reserveBytes: Reserve);
}
