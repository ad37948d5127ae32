namespace MessageQueue.Storage.Files;

/// <summary>The real file system.</summary>
internal sealed class DiskFileSystem : IFileSystem
{
    /// <summary>The only instance; it has no state.</summary>
    public static readonly DiskFileSystem Instance = new();

    private DiskFileSystem()
    {
    }

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public bool FileExists(string path) => File.Exists(path);

    public IReadOnlyList<string> ListFiles(string directory) =>
        [.. Directory.EnumerateFiles(directory).Select(path => Path.GetFileName(path))];

    public bool IsEmptyDirectory(string path) => !Directory.EnumerateFileSystemEntries(path).Any();

    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    public void SyncDirectory(string path) => DiskSync.Directory(path);

    public IFileHandle Create(string path) => new DiskFileHandle(path, FileMode.Create, FileAccess.ReadWrite);

    public IFileHandle Open(string path, bool writable) =>
        new DiskFileHandle(path, FileMode.Open, writable ? FileAccess.ReadWrite : FileAccess.Read);

    public void Rename(string from, string to) => File.Move(from, to, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public long FreeBytes(string directory) => DiskSpace.Free(directory);

    public IDisposable Lock(string path, string owner) =>
        OperatingSystem.IsWindows() ? WindowsFileLock.Take(path, owner) : UnixFileLock.Take(path, owner);
}
