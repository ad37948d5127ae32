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

    [TestCase(0, 8192, TestName = "Zeros are written over whole pages")]
    [TestCase(4096, 3 * ZeroFill.StepBytes, TestName = "Zeros are written over many steps")]
    [TestCase(100, 5000, TestName = "Zeros are written over parts of pages")]
    public void Zeros_replace_what_was_there_and_nothing_else(int from, int end)
    {
        using var directory = new TemporaryDirectory();
        string path = Path.Combine(directory.FullName, "file");
        using IFileHandle file = Files.Create(path);
        byte[] expected = new byte[4 * ZeroFill.StepBytes];
        Array.Fill(expected, (byte)7);
        file.Write(expected, 0);
        Files.Rename(path, path + ".renamed");
        Files.Create(path).Dispose();

        file.WriteZeros(from, end);

        Array.Clear(expected, from, end - from);
        File.ReadAllBytes(path + ".renamed").SequenceEqual(expected).Should().BeTrue();
        File.ReadAllBytes(path).Should().BeEmpty("the zeros are for the open file and not for its former name");
    }

    [Test]
    public void Whole_pages_of_zeros_are_written_past_the_cache()
    {
        using var directory = new TemporaryDirectory();
        using SafeFileHandle file = File.OpenHandle(
            Path.Combine(directory.FullName, "file"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (!DirectWrite.TryZeros(file, 0, ZeroFill.PageBytes))
        {
            Assert.Ignore("This system, or this file system, has no such writes.");
        }

        RandomAccess.GetLength(file).Should().Be(ZeroFill.PageBytes);
        DirectWrite.TryZeros(file, 1, ZeroFill.PageBytes).Should().BeFalse("it begins inside a page");
        DirectWrite.TryZeros(file, 0, 100).Should().BeFalse("it ends inside a page");
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
