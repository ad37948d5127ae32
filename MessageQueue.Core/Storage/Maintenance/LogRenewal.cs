using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// Marks a directory as a copy, so that its next start gives the log a new id. For copies that were not made by a backup, because nothing
/// else shows that they are copies. Takes the lock.
/// </summary>
internal sealed class LogRenewal(IFileSystem files, StorePaths paths)
{
    /// <returns>The id that the log had.</returns>
    /// <exception cref="LogLockedException">A server is running on the log.</exception>
    public Guid Run()
    {
        if (!files.FileExists(paths.Store))
        {
            throw new ArgumentException($"'{paths.Root}' is not a data directory: it has no STORE");
        }

        using IDisposable held = files.Lock(paths.Lock, $"process {Environment.ProcessId}");
        StoreFile store = StoreFile.TryRead(files, paths)!.Value;
        store.AsCopy(long.MaxValue).Write(files, paths);
        return store.Log.Id;
    }
}
