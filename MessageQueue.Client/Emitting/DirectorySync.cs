using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Client.Emitting;

/// <summary>Makes the name of a new file durable, for which .NET has no call. Windows needs none.</summary>
internal static partial class DirectorySync
{
    /// <summary>Flushes the directory that a file is in.</summary>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        using SafeFileHandle handle = Open(directory, 0);
        if (handle.IsInvalid || Fsync(handle) != 0)
        {
            throw new IOException($"cannot flush the directory {directory} (error {Marshal.GetLastPInvokeError()})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeFileHandle file);
}
