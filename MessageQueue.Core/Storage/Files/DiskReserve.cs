using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Files;

/// <summary>
/// A file that reserves disk space for when the disk is full. The space is then released, so that the log can go on and snapshots can be
/// written, which allow segments to be dropped. The file has no content, so nothing of it needs to be durable.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="path">The file.</param>
/// <param name="bytes">How much space to reserve; 0 for none.</param>
/// <param name="logger">Receives the log entries.</param>
internal sealed class DiskReserve(IFileSystem files, string path, long bytes, ILogger logger)
{
    private bool _held;

    /// <summary>How much space the reserve still needs.</summary>
    public long Missing => _held ? 0 : bytes - Math.Min(bytes, Held(files, path));

    /// <summary>Returns the length of a file that reserves space, 0 if there is none.</summary>
    public static long Held(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
        {
            return 0;
        }

        using IFileHandle file = files.Open(path, writable: false);
        return file.Length;
    }

    /// <summary>Takes the space, unless it is already reserved.</summary>
    /// <param name="beside">How much space must be free in addition.</param>
    /// <returns>False if there is not enough space.</returns>
    public bool TryTake(long beside)
    {
        if (_held || bytes == 0)
        {
            return true;
        }

        try
        {
            using IFileHandle file = files.FileExists(path) ? files.Open(path, writable: true) : files.Create(path);
            if (file.Length != bytes)
            {
                // Both in one call, because space that is free now may be used a moment later.
                file.Allocate(bytes + beside);
                file.SetLength(bytes);
            }

            _held = true;
            return true;
        }
        catch (Exception exception) when (DiskFull.Is(exception))
        {
            Free();
            return false;
        }
    }

    /// <summary>Releases the space.</summary>
    public void Free()
    {
        _held = false;
        try
        {
            if (files.FileExists(path))
            {
                files.Delete(path);
            }
        }
        catch (Exception exception)
        {
            StorageLog.RemovalFailed(logger, path, exception);
        }
    }
}
