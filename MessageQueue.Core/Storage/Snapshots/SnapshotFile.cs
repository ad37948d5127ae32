using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Snapshots;

/// <summary>Reads snapshots in a directory without changing anything.</summary>
internal static class SnapshotFile
{
    /// <summary>Returns the sequences of the snapshots that exist, newest first.</summary>
    public static long[] List(IFileSystem files, StorePaths paths)
    {
        if (!files.DirectoryExists(paths.Snapshots))
        {
            return [];
        }

        long[] sequences = [.. files.ListFiles(paths.Snapshots).Select(StorePaths.ParseSnapshot).OfType<long>()];
        Array.Sort(sequences, (x, y) => y.CompareTo(x));
        return sequences;
    }

    /// <summary>Opens a snapshot at its start and checks all of it.</summary>
    /// <exception cref="LogDamagedException">
    /// The snapshot cannot be read, is not as it was written, or belongs to another store.
    /// </exception>
    public static SnapshotContentReader Open(IFileSystem files, StorePaths paths, Guid storeId, long sequence)
    {
        string path = paths.Snapshot(sequence);
        IFileHandle file = OpenHandle(files, path, sequence);
        try
        {
            return Read(file, path, storeId, sequence, ownsFile: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Does the same for a snapshot whose file is open.</summary>
    /// <param name="file">The file.</param>
    /// <param name="path">Its path.</param>
    /// <param name="storeId">The store to which it must belong.</param>
    /// <param name="sequence">Its sequence.</param>
    /// <param name="ownsFile">Whether disposing the returned reader closes the file.</param>
    /// <exception cref="LogDamagedException">
    /// The snapshot cannot be read, is not as it was written, or belongs to another store.
    /// </exception>
    public static SnapshotContentReader Read(IFileHandle file, string path, Guid storeId, long sequence, bool ownsFile = false)
    {
        var reader = new SnapshotContentReader(file, path, ReadHeader(file, path, storeId, sequence), ownsFile);
        reader.CheckAll();
        return reader;
    }

    private static IFileHandle OpenHandle(IFileSystem files, string path, long sequence)
    {
        try
        {
            return files.Open(path, writable: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw DamageMessages.OfSnapshot(path, 0, sequence, "it cannot be opened: " + exception.Message, exception);
        }
    }

    private static SnapshotHeader ReadHeader(IFileHandle file, string path, Guid storeId, long sequence)
    {
        string? wrong;
        SnapshotHeader header = default;
        try
        {
            byte[] bytes = new byte[SnapshotHeader.Bytes];
            wrong = SnapshotHeader.TryDecode(bytes.AsSpan(0, file.Read(bytes, 0)), out header)
                ?? CheckPlace(header, file.Length, storeId, sequence);
        }
        catch (IOException exception)
        {
            throw DamageMessages.OfSnapshot(path, 0, sequence, "it cannot be read: " + exception.Message, exception);
        }

        return wrong is null ? header : throw DamageMessages.OfSnapshot(path, 0, sequence, wrong);
    }

    private static string? CheckPlace(in SnapshotHeader header, long fileBytes, Guid storeId, long sequence) => header switch
    {
        _ when header.StoreId != storeId => $"the snapshot belongs to store {header.StoreId:D}, and this is store {storeId:D}",
        _ when header.Sequence != sequence => $"the header says that the snapshot was made at sequence {header.Sequence}",
        _ when SnapshotBlocks.FileBytes(header.Length) != fileBytes =>
            $"it has {fileBytes} bytes, and with {header.Length} bytes of content it would have "
            + $"{SnapshotBlocks.FileBytes(header.Length)}",
        _ => null,
    };
}
