using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>The calls of libc that .NET does not make, or makes without checking their results. Linux and macOS.</summary>
internal static partial class Libc
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;

    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int InvalidArgument = 22;
    public const int NotSupported = 95;

    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;

    /// <summary>On macOS, only this syncs to the medium; <c>fsync</c> stops at the cache of the drive.</summary>
    public const int FullFsync = 51;

    /// <summary>Child processes do not inherit the file: a child that outlives this process would keep the lock.</summary>
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

    public static int WouldBlock => OperatingSystem.IsMacOS() ? 35 : 11;

    /// <summary>
    /// Opens an existing file or directory. Without O_CREAT the call needs no third argument, which is variadic in C and passed differently
    /// on some platforms. O_DIRECTORY is not used: its value differs between architectures, and it would only add a check.
    /// </summary>
    public static SafeFileHandle OpenFile(string path, int access) => Open(path, access | CloseOnExec);

    /// <summary>Creates a file, or empties an existing one.</summary>
    [LibraryImport("libc", EntryPoint = "creat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Create(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int Fdatasync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(SafeFileHandle file, int command);

    /// <summary>For 64-bit Linux. Returns the error and does not set errno.</summary>
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int PosixFallocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
