using MessageQueue.Storage.Files;

namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>A file system that runs an action each time a directory was listed, before the caller gets the list.</summary>
internal sealed class ListenedFiles(IFileSystem files, Action listed) : IFileSystem
{
    public bool DirectoryExists(string path) => files.DirectoryExists(path);

    public bool FileExists(string path) => files.FileExists(path);

    public IReadOnlyList<string> ListFiles(string directory)
    {
        IReadOnlyList<string> names = files.ListFiles(directory);
        listed();
        return names;
    }

    public bool IsEmptyDirectory(string path) => files.IsEmptyDirectory(path);

    public void CreateDirectory(string path) => files.CreateDirectory(path);

    public void SyncDirectory(string path) => files.SyncDirectory(path);

    public IFileHandle Create(string path) => files.Create(path);

    public IFileHandle Open(string path, bool writable) => files.Open(path, writable);

    public void Rename(string from, string to) => files.Rename(from, to);

    public void Delete(string path) => files.Delete(path);

    public long FreeBytes(string directory) => files.FreeBytes(directory);

    public IDisposable Lock(string path, string owner) => files.Lock(path, owner);
}
