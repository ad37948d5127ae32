using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>
/// Locks a file with <c>flock</c>, which the kernel releases with the process. It does not use <see cref="FileShare.None"/>, because an
/// environment variable can turn that off. It does not open the file through .NET either, because .NET's own <c>flock</c> would fail before
/// the owner can be read.
/// </summary>
internal static class UnixFileLock
{
    private const int OwnerBytes = 64;
    private const uint OwnerReadWriteOthersRead = 0x1A4; // 0644

    public static IDisposable Take(string path, string owner)
    {
        SafeFileHandle file = OpenOrCreate(path);
        try
        {
            Acquire(file, path);
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(owner), 0);
            return new HeldLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenOrCreate(string path)
    {
        SafeFileHandle file = Libc.OpenFile(path, Libc.ReadWrite);
        if (!file.IsInvalid)
        {
            return file;
        }

        int error = Marshal.GetLastPInvokeError();
        file.Dispose();
        if (error == Libc.NoEntry)
        {
            // Two processes that start at once may both come here. Each then locks the same file, and one of them is refused.
            using (SafeFileHandle created = Libc.Create(path, OwnerReadWriteOthersRead))
            {
                error = created.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
            }

            file = Libc.OpenFile(path, Libc.ReadWrite);
            if (!file.IsInvalid)
            {
                return file;
            }

            file.Dispose();
        }

        throw new IOException($"Cannot open the lock file '{path}': {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error);
    }

    private static void Acquire(SafeFileHandle file, string path)
    {
        while (Libc.Flock(file, Libc.LockExclusive | Libc.LockNonBlocking) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error == Libc.WouldBlock)
            {
                throw new LogLockedException(
                    $"'{path}' is locked by {ReadOwner(file)}. A data directory belongs to one process at a time.");
            }

            if (error != Libc.Interrupted)
            {
                // This includes a file system without locks: two writers would destroy the log, so without a lock there is no start.
                throw new IOException($"Cannot lock '{path}': {Marshal.GetPInvokeErrorMessage(error)} (error {error}).", error);
            }
        }
    }

    private static string ReadOwner(SafeFileHandle file)
    {
        Span<byte> buffer = stackalloc byte[OwnerBytes];
        string owner = Encoding.UTF8.GetString(buffer[..RandomAccess.Read(file, buffer, 0)]).Trim();
        return owner.Length > 0 ? owner : "another process";
    }

    // Closing is not enough: a child process that is being started has a copy of the file until it runs its program, and would keep the
    // lock until then.
    private sealed class HeldLock(SafeFileHandle file) : IDisposable
    {
        public void Dispose()
        {
            if (!file.IsClosed)
            {
                _ = Libc.Flock(file, Libc.Unlock);
                file.Dispose();
            }
        }
    }
}
