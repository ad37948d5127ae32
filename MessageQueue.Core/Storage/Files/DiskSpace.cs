using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>Takes disk space before it is written to, so that a full disk is found when space is requested and not by a write.</summary>
internal static class DiskSpace
{
    /// <summary>
    /// Takes the space for a file up to this length. On Linux the space is reserved on return, in any file system that does not copy on
    /// write. On Windows, setting the length reserves it. On macOS it may not be reserved, and a write can still find a full disk.
    /// </summary>
    public static void Allocate(SafeFileHandle handle, string path, long length)
    {
        // On 32-bit systems the call exists twice, and the library decides which one takes a 64-bit offset.
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess && TryAllocate(handle, path, length))
        {
            return;
        }

        if (RandomAccess.GetLength(handle) < length)
        {
            RandomAccess.SetLength(handle, length);
        }
    }

    /// <summary>
    /// Returns how many bytes this process may still take on the disk of a directory; <see cref="long.MaxValue"/> if the system does not
    /// report it.
    /// </summary>
    public static long Free(string directory)
    {
        try
        {
            // Windows knows only drives; on other systems any directory stands for its file system.
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(directory)! : directory).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;
        }
    }

    /// <summary>Returns false if the file system does not support this.</summary>
    private static bool TryAllocate(SafeFileHandle handle, string path, long length)
    {
        int error;
        do
        {
            error = Libc.PosixFallocate(handle, 0, length);
        }
        while (error == Libc.Interrupted);

        return error switch
        {
            0 => true,
            Libc.NotSupported or Libc.InvalidArgument => false,
            _ => throw new IOException(
                $"space for '{path}' could not be taken: {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error),
        };
    }
}
