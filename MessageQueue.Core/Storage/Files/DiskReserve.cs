using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Files;

/// <summary>
/// Space that is held for when there is no other: given back when the disk is full, so that the log can go on, snapshots can be written,
/// and by them segments be dropped. It holds nothing, so nothing of it needs to be durable.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="path">The file.</param>
/// <param name="bytes">How much to hold; 0 for none.</param>
/// <param name="logger">Where to report.</param>
internal sealed class DiskReserve(IFileSystem files, string path, long bytes, ILogger logger)
{
    private bool _held;

    /// <summary>How much of it would have to be taken now.</summary>
    public long Missing => _held ? 0 : bytes - Math.Min(bytes, Held(files, path));

    /// <summary>The length of a file that holds space, 0 where there is none.</summary>
    public static long Held(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
        {
            return 0;
        }

        using IFileHandle file = files.Open(path, writable: false);
        return file.Length;
    }

    /// <summary>Takes the space, if it is not held already.</summary>
    /// <param name="beside">How much has to be free beside it.</param>
    /// <returns>False if there is not so much.</returns>
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
                // Both at once, for what is free now may be gone a moment later.
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

    /// <summary>Gives the space back.</summary>
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
