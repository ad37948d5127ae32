using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>Takes space before it is written to, so that a full disk is found by who asks for space and not by who writes.</summary>
internal static class DiskSpace
{
    /// <summary>
    /// On Linux all of it is there on return, in any file system that does not copy on write. Windows takes it with the length; macOS may
    /// not, and there a full disk can still be found by a write.
    /// </summary>
    public static void Allocate(SafeFileHandle handle, string path, long length)
    {
        // With 32 bits the call exists twice, and which one takes an offset of 64 depends on the library.
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
    /// Returns what this process may still take on the disk of a directory; <see cref="long.MaxValue"/> where nobody says.
    /// </summary>
    public static long Free(string directory)
    {
        try
        {
            // Windows knows drives only; elsewhere any directory stands for the file system that it is on.
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(directory)! : directory).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return long.MaxValue;
        }
    }

    /// <summary>False where the file system has no such thing.</summary>
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
            _ => throw new IOException($"space for '{path}' could not be taken: {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error),
        };
    }
}
