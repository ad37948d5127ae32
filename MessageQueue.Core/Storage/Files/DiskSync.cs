using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>
/// Syncs that report failure. .NET's own <c>FlushToDisk</c> and <c>Flush(true)</c> return normally on Unix when <c>fsync</c> has failed,
/// which is exactly when a durable log must not go on.
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
            // NTFS journals names itself and offers no sync of a directory.
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
    /// Zero, or the error. Only an interrupted call is repeated: any other failure may have dropped the dirty pages already.
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

    // Windows' own sync, for its result.
    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool FlushFileBuffers(SafeFileHandle file);
}
