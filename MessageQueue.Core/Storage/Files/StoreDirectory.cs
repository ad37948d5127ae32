namespace MessageQueue.Storage.Files;

/// <summary>Makes directories that survive a power cut.</summary>
internal static class StoreDirectory
{
    /// <summary>Creates a directory and those above it as needed, each durable before anything is put into it.</summary>
    public static void Ensure(IFileSystem files, string path)
    {
        if (files.DirectoryExists(path))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(path);
        if (parent is not null)
        {
            Ensure(files, parent);
        }

        files.CreateDirectory(path);
        SyncEntry(files, path);
    }

    /// <summary>Makes a directory's own name durable.</summary>
    public static void SyncEntry(IFileSystem files, string path)
    {
        if (Path.GetDirectoryName(path) is { } parent)
        {
            files.SyncDirectory(parent);
        }
    }
}
