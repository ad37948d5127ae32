using System.Diagnostics;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Storage;

/// <summary>Only one process, and only one log in it, can use a data directory.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class StoreLockTests
{
    [Test]
    public void A_second_log_on_a_directory_is_refused_with_the_id_of_the_process_that_has_it()
    {
        using var directory = new TemporaryDirectory();
        using (SegmentLog first = Open(directory))
        {
            for (int i = 0; i < 2; i++)
            {
                Assert.Throws<LogLockedException>(() => Open(directory))!.Message.Should().ContainAll(
                    Path.Combine(directory.FullName, "LOCK"), $"process {Environment.ProcessId}");
            }

            first.Recover(_ => { });
        }

        using SegmentLog second = Open(directory);
        second.Recover(_ => { });
    }

    [Test]
    public void A_refused_or_damaged_opening_leaves_no_lock()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(Path.Combine(directory.FullName, "STORE"), "not a store");
        for (int i = 0; i < 2; i++)
        {
            Assert.Throws<LogDamagedException>(() => Open(directory));
        }
    }

    [Test]
    public void The_lock_works_between_two_processes_in_both_directions()
    {
        const string Tool = "/usr/bin/flock";
        if (!File.Exists(Tool))
        {
            Assert.Ignore("There is no flock(1) here to be the other process.");
        }

        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.FullName, "LOCK");
        using (Open(directory))
        {
            using var other = Process.Start(new ProcessStartInfo(Tool, ["--nonblock", path, "true"]))!;
            other.WaitForExit(TimeSpan.FromSeconds(30)).Should().BeTrue();
            other.ExitCode.Should().Be(1);
        }

        // Prints a line when it has the lock, and keeps it until its input ends.
        using var holder = Process.Start(new ProcessStartInfo(Tool, [path, "sh", "-c", "echo locked; cat"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        holder.StandardOutput.ReadLine().Should().Be("locked");
        Assert.Throws<LogLockedException>(() => Open(directory));
        holder.StandardInput.Close();
        holder.WaitForExit(TimeSpan.FromSeconds(30)).Should().BeTrue();
        Open(directory).Dispose();
    }

    [Test]
    public void A_directory_that_cannot_be_created_is_an_error()
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Throws<LogFailedException>(() => Open(Path.Combine(file, "data")))!.Message.Should().Contain(file);
    }

    private static SegmentLog Open(TemporaryDirectory directory) => Open(directory.FullName);

    private static SegmentLog Open(string directory) => SegmentLog.Open(
        directory, SegmentLog.MinSegmentBytes, Durability.Fsync, DiskFileSystem.Instance, TimeProvider.System, NullLogger.Instance);
}
