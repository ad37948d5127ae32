namespace MessageQueue.Storage.Files;

/// <summary>Creates directories that survive a power cut.</summary>
internal static class StoreDirectory
{
    /// <summary>Creates a directory and its missing parents. Each is durable before anything is created in it.</summary>
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

    /// <summary>Makes the name of a directory durable.</summary>
    public static void SyncEntry(IFileSystem files, string path)
    {
        if (Path.GetDirectoryName(path) is { } parent)
        {
            files.SyncDirectory(parent);
        }
    }
}
