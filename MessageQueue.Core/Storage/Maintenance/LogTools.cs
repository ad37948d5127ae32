using MessageQueue.Snapshots;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// What can be done to a data directory beside serving from it. Only <see cref="Repair"/> and <see cref="Renew(string)"/> need the server to be
/// stopped.
/// </summary>
internal static class LogTools
{
    /// <summary>Checks everything: segments, snapshots, and that they fit together.</summary>
    public static VerificationReport Verify(string data, IProgress<(long Done, long Total)>? progress = null) =>
        new LogVerifier(DiskFileSystem.Instance, new StorePaths(data), ReadHoles, progress).Run(0, long.MaxValue, static _ => { });

    /// <summary>Gives the records from a sequence to another, checked, and checks the segments that they are in.</summary>
    public static VerificationReport Dump(string data, long from, long to, Action<LogRecord> apply) =>
        new LogVerifier(DiskFileSystem.Instance, new StorePaths(data), ReadHoles, progress: null).Run(from - 1, to, apply);

    /// <summary>Copies the log as of one moment.</summary>
    /// <returns>The last sequence in the copy.</returns>
    public static long Backup(string data, string to, IProgress<(long Done, long Total)>? progress = null) =>
        new LogBackup(DiskFileSystem.Instance, new StorePaths(data), new CopyTarget(DiskFileSystem.Instance, new StorePaths(to)), ReadHoles, progress).Run();

    /// <summary>Copies what can be read of the log.</summary>
    /// <returns>What was lost, a line each.</returns>
    public static IReadOnlyList<string> Repair(string data, string to, IProgress<(long Done, long Total)>? progress = null) =>
        new LogRepair(DiskFileSystem.Instance, new StorePaths(data), new CopyTarget(DiskFileSystem.Instance, new StorePaths(to)), ReadHoles, progress).Run();

    /// <inheritdoc cref="Renew(IFileSystem, StorePaths)" />
    public static string Renew(string data) => Renew(DiskFileSystem.Instance, new StorePaths(data)).ToString("n");

    /// <summary>
    /// Marks a directory as a copy, so that its next start gives the log a new id: for copies that were made by other means than a backup,
    /// of which nobody can see that they are one. The lock is taken.
    /// </summary>
    /// <returns>The id that the log has until then.</returns>
    /// <exception cref="LogLockedException">A server is running on the log.</exception>
    public static Guid Renew(IFileSystem files, StorePaths paths)
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

    private static SnapshotHoles ReadHoles(Stream stream)
    {
        Snapshot snapshot = SnapshotCodec.Read(stream);
        return new SnapshotHoles(snapshot.Gone, [.. snapshot.State.Dropped.Items]);
    }
}
