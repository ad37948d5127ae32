using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MessageQueue.Storage.Files;

/// <summary>Locks a file with the share mode, which Windows enforces. Reading is allowed, so that an error can name the owner.</summary>
internal static class WindowsFileLock
{
    private const int SharingViolation = unchecked((int)0x80070020);

    public static IDisposable Take(string path, string owner)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (IOException exception) when (exception.HResult == SharingViolation)
        {
            throw new LogLockedException(
                $"'{path}' is locked by {ReadOwner(path)}. A data directory belongs to one process at a time.", exception);
        }

        try
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes(owner), 0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string ReadOwner(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        string owner = reader.ReadToEnd().Trim();
        return owner.Length > 0 ? owner : "another process";
    }
}
