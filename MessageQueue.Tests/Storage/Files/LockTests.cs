using System.Globalization;
using System.Runtime.InteropServices;
using MessageQueue.Storage.Files;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Tests.Storage.Files;

[Parallelizable(ParallelScope.All)]
internal sealed class LockTests
{
    [Test]
    [Platform("Linux", Reason = "needs /proc")]
    public void A_released_lock_is_free_even_if_a_child_process_that_is_being_started_has_a_copy_of_the_file()
    {
        using TemporaryDirectory directory = new();
        string path = directory.Combine("LOCK");
        IDisposable held = DiskFileSystem.Instance.Lock(path, "first");
        using SafeFileHandle copy = Duplicate(NumberOf(path));

        held.Dispose();

        DiskFileSystem.Instance.Invoking(files => files.Lock(path, "second").Dispose()).Should().NotThrow();
    }

    private static int NumberOf(string path) => int.Parse(
        Path.GetFileName(Directory.EnumerateFiles("/proc/self/fd").Single(file => TargetOf(file)?.FullName == path)),
        CultureInfo.InvariantCulture);

    // Other tests open and close files meanwhile.
    private static FileSystemInfo? TargetOf(string file)
    {
        try
        {
            return File.ResolveLinkTarget(file, false);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern SafeFileHandle Duplicate(int file);
}
