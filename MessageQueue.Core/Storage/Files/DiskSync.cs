using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>
/// Syncs that report failures. On Unix, .NET's own <c>FlushToDisk</c> and <c>Flush(true)</c> return normally when <c>fsync</c> has failed,
/// but a durable log must stop in exactly that case.
/// </summary>
internal static partial class DiskSync
{
    public static void File(SafeFileHandle handle, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            if (!FlushFileBuffers(handle))
            {
                throw Failure("FlushFileBuffers", path, Marshal.GetLastPInvokeError());
            }

            return;
        }

        int error = OperatingSystem.IsMacOS()
            ? Retry(static h => Libc.Fcntl(h, Libc.FullFsync), handle)
            : Retry(static h => Libc.Fdatasync(h), handle);
        if (error != 0)
        {
            throw Failure("sync", path, error);
        }
    }

    public static void Directory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // NTFS writes names to its own journal and offers no sync of a directory.
            return;
        }

        using SafeFileHandle handle = Libc.OpenFile(path, Libc.ReadOnly);
        if (handle.IsInvalid)
        {
            throw Failure("open of directory", path, Marshal.GetLastPInvokeError());
        }

        int error = Retry(static h => Libc.Fsync(h), handle);
        if (error != 0)
        {
            throw Failure("sync of directory", path, error);
        }
    }

    /// <summary>
    /// Returns zero or the error. Only an interrupted call is repeated: after any other failure the system may already have discarded the
    /// unsynced pages.
    /// </summary>
    private static int Retry(Func<SafeFileHandle, int> call, SafeFileHandle handle)
    {
        while (call(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Libc.Interrupted)
            {
                return error;
            }
        }

        return 0;
    }

    private static IOException Failure(string operation, string path, int error) =>
        new($"{operation} failed for '{path}': {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error);

    // Windows' own sync, because it returns a result.
    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);
}
