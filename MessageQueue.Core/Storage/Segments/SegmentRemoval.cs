using MessageQueue.Diagnostics;
using MessageQueue.Storage.Files;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Deletes segments that were dropped. The decision is already durable elsewhere, so if this fails, the next start deletes them. Until then
/// a failure costs only space.
/// </summary>
internal sealed class SegmentRemoval(IFileSystem files, StorePaths paths, ILogger logger)
{
    public void Run(IReadOnlyList<string> segments)
    {
        if (segments.Count == 0)
        {
            return;
        }

        foreach (string path in segments)
        {
            Try(path, () => files.Delete(path));
        }

        Try(paths.Segments, () => files.SyncDirectory(paths.Segments));
    }

    private void Try(string path, Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            StorageLog.RemovalFailed(logger, path, exception);
        }
    }
}
