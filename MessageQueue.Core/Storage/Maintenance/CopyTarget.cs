using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// The directory to which a log is copied. STORE is written last: without it, an incomplete copy cannot be mistaken for a log.
/// </summary>
internal sealed class CopyTarget(IFileSystem files, StorePaths paths)
{
    public StorePaths Paths => paths;

    /// <exception cref="ArgumentException">The directory is not empty.</exception>
    public void Prepare()
    {
        if (files.DirectoryExists(paths.Root) && !files.IsEmptyDirectory(paths.Root))
        {
            throw new ArgumentException($"'{paths.Root}' is not empty; name a directory that is empty or does not exist");
        }

        StoreDirectory.Ensure(files, paths.Segments);
        StoreDirectory.Ensure(files, paths.Snapshots);
    }

    /// <summary>Copies the beginning of a file, with another header in place of its own.</summary>
    public void Copy(IFileHandle source, long bytes, string path, ReadOnlySpan<byte> head)
    {
        using IFileHandle target = files.Create(path);
        byte[] buffer = new byte[512 * 1024];
        for (long offset = 0; offset < bytes;)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, bytes - offset));
            if (source.Read(piece, offset) < piece.Length)
            {
                throw new EndOfStreamException($"The source of '{path}' became shorter while it was copied.");
            }

            target.Write(piece, offset);
            offset += piece.Length;
        }

        if (!head.IsEmpty)
        {
            target.Write(head, 0);
        }

        target.Sync();
    }

    /// <summary>Turns the directory into a store, marked as a copy: its first start gives the log a new id.</summary>
    /// <param name="store">The file of the store that was copied.</param>
    /// <param name="upTo">The last sequence up to which the copy has everything that the log had.</param>
    public void Complete(StoreFile store, long upTo)
    {
        files.SyncDirectory(paths.Segments);
        files.SyncDirectory(paths.Snapshots);
        StoreDirectory.SyncEntry(files, paths.Root);
        store.AsCopy(upTo).Write(files, paths);
    }
}
