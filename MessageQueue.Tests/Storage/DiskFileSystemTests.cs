using MessageQueue.Storage.Files;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Tests.Storage;

[Parallelizable(ParallelScope.All)]
internal sealed class DiskFileSystemTests
{
    private static readonly DiskFileSystem Files = DiskFileSystem.Instance;

    [Test]
    public void Writes_reads_and_syncs()
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.FullName, "file");
        using IFileHandle file = Files.Create(path);
        file.Write([1, 2, 3, 4], 2);
        file.SetLength(5);
        file.Sync();
        Files.SyncDirectory(directory.FullName);

        using IFileHandle reader = Files.Open(path, writable: false);
        byte[] buffer = new byte[10];
        reader.Length.Should().Be(5);
        reader.Read(buffer, 0).Should().Be(5);
        buffer.Take(5).Should().Equal(0, 0, 1, 2, 3);
        reader.Read(buffer, 5).Should().Be(0);
    }

    [Test]
    public void A_renamed_file_replaces_another_and_stays_open()
    {
        using var directory = new TemporaryDirectory();
        string from = Path.Combine(directory.FullName, "from");
        string to = Path.Combine(directory.FullName, "to");
        Files.Create(to).Dispose();
        using IFileHandle file = Files.Create(from);
        Files.Rename(from, to);
        file.Write([9], 0);
        file.Sync();
        Files.ListFiles(directory.FullName).Should().Equal("to");
        File.ReadAllBytes(to).Should().Equal(9);
    }

    [Test]
    public void A_sync_that_fails_is_an_exception()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("Linux has a pipe-like device to fail on.");
        }

        // The kernel refuses to sync this device with EINVAL, but .NET's own flush does not report that.
        using SafeFileHandle device = File.OpenHandle("/dev/null", access: FileAccess.ReadWrite, share: FileShare.ReadWrite);
        RandomAccess.FlushToDisk(device);
        Assert.Throws<IOException>(() => DiskSync.File(device, "/dev/null"))!.Message.Should().ContainAll("/dev/null", "error 22");
    }

    [Test]
    public void Syncing_a_missing_directory_is_an_error()
    {
        using var directory = new TemporaryDirectory();
        Assert.Throws<IOException>(() => Files.SyncDirectory(Path.Combine(directory.FullName, "none")));
    }
}
