using MessageQueue.Diagnostics;
using MessageQueue.Storage.Files;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Snapshots;

/// <summary>
/// Keeps snapshots in files beside the log, under the log's lock. A snapshot is written to a temporary file, which is renamed in one step
/// when all of it is durable. So if a save is interrupted, the earlier snapshots are unchanged.
/// </summary>
/// <param name="directory">The data directory.</param>
/// <param name="storeId">The id of the store.</param>
/// <param name="files">The file system.</param>
/// <param name="logger">Receives the log entries.</param>
internal sealed class FileSnapshotStore(string directory, Guid storeId, IFileSystem files, ILogger logger) : ISnapshotStore
{
    private const int Kept = 2;

    private readonly StorePaths _paths = new(directory);

    // Snapshots that this process found damaged. They do not count among the two that are kept.
    private readonly HashSet<long> _damaged = [];
    private Exception? _directoryFailure;

    public IReadOnlyList<long> Sequences => SnapshotFile.List(files, _paths);

    public Stream Open(long sequence)
    {
        try
        {
            return SnapshotFile.Open(files, _paths, storeId, sequence);
        }
        catch (LogDamagedException)
        {
            _damaged.Add(sequence);
            throw;
        }
    }

    /// <inheritdoc />
    /// <exception cref="ArgumentOutOfRangeException">There is a newer snapshot that is not known to be damaged.</exception>
    public void Save(long sequence, Action<Stream> write)
    {
        foreach (long newer in Sequences.Where(held => held > sequence && !_damaged.Contains(held)))
        {
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"The snapshot at sequence {newer} is newer.");
        }

        if (_directoryFailure is not null)
        {
            // As with a file: after a failed sync, a later one may succeed and prove nothing.
            throw new IOException(_directoryFailure.Message, _directoryFailure);
        }

        StoreDirectory.Ensure(files, _paths.Snapshots);
        try
        {
            WriteTemporary(sequence, write);
        }
        catch
        {
            // It may hold the space that is missing, and after a failed sync the same file must not be written again.
            Remove(_paths.NextSnapshot);
            throw;
        }

        Publish(sequence);
        _damaged.Remove(sequence);
        RemoveOld();
    }

    private void WriteTemporary(long sequence, Action<Stream> write)
    {
        using IFileHandle file = files.Create(_paths.NextSnapshot);
        using var writer = new SnapshotContentWriter(file, storeId, sequence);
        write(writer);
        writer.Complete();
    }

    private void Publish(long sequence)
    {
        files.Rename(_paths.NextSnapshot, _paths.Snapshot(sequence));
        try
        {
            files.SyncDirectory(_paths.Snapshots);
        }
        catch (Exception exception)
        {
            _directoryFailure = exception;
            throw;
        }
    }

    private void RemoveOld()
    {
        long[] held = [.. Sequences];
        foreach (long old in held.Where(_damaged.Contains).Concat(held.Where(sequence => !_damaged.Contains(sequence)).Skip(Kept)))
        {
            Remove(_paths.Snapshot(old));
        }
    }

    /// <summary>Removes the file of a snapshot. If that fails, the next save tries again; until then it costs only space.</summary>
    private void Remove(string path)
    {
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
