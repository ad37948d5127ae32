namespace MessageQueue.Storage.Files;

/// <summary>
/// The operations of a file system that the log needs, and their guarantees. Tests simulate a power cut behind this interface.
/// </summary>
/// <remarks>
/// <para>
/// Nothing is durable before it is synced: contents and lengths by <see cref="IFileHandle.Sync"/>, names by <see cref="SyncDirectory"/>.
/// Every failure is an exception, and after any exception the outcome is unknown: done, half done or not done.
/// </para>
/// <para>Members may be called from any thread.</para>
/// </remarks>
internal interface IFileSystem
{
    bool DirectoryExists(string path);

    bool FileExists(string path);

    /// <summary>Returns the names, without path, of the files in a directory, in no particular order.</summary>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>Returns whether an existing directory is empty.</summary>
    bool IsEmptyDirectory(string path);

    /// <summary>Creates one directory, whose parent must exist. It is durable once the parent is synced.</summary>
    void CreateDirectory(string path);

    /// <summary>Returns when every name that was created, renamed or deleted in this directory before the call is durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Creates an empty file, or empties an existing one, for reading and writing.</summary>
    IFileHandle Create(string path);

    /// <summary>Opens a file, which must exist.</summary>
    IFileHandle Open(string path, bool writable);

    /// <summary>
    /// Gives a file another name in the same directory, and atomically replaces a file that has that name. Open handles stay valid.
    /// </summary>
    void Rename(string from, string to);

    void Delete(string path);

    /// <summary>
    /// Returns how many bytes may still be taken on the disk of an existing directory; <see cref="long.MaxValue"/> if the system does not
    /// report it.
    /// </summary>
    long FreeBytes(string directory);

    /// <summary>
    /// Takes the exclusive lock on a file, which is created if it is missing, and writes <paramref name="owner"/> into it. Holds the lock
    /// until it is disposed of or the process ends, in whatever way.
    /// </summary>
    /// <exception cref="LogLockedException">
    /// The lock is held by somebody else; the message names the owner that is written in the file.
    /// </exception>
    IDisposable Lock(string path, string owner);
}
