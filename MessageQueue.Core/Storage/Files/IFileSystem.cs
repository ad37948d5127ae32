namespace MessageQueue.Storage.Files;

/// <summary>
/// What the log needs of a file system, and what it may rely on. The seam at which tests cut the power.
/// </summary>
/// <remarks>
/// <para>Nothing is durable before it is synced: contents and lengths by <see cref="IFileHandle.Sync"/>, names by
/// <see cref="SyncDirectory"/>. Every failure is an exception, and after any exception the outcome is unknown: done, half done or not
/// done.</para>
/// <para>Members may be called from any thread.</para>
/// </remarks>
internal interface IFileSystem
{
    bool DirectoryExists(string path);

    bool FileExists(string path);

    /// <summary>The names, without path, of the files in a directory, in no particular order.</summary>
    IReadOnlyList<string> ListFiles(string directory);

    /// <summary>Returns whether nothing is in a directory that exists.</summary>
    bool IsEmptyDirectory(string path);

    /// <summary>Creates one directory; its parent has to exist. Durable once the parent is synced.</summary>
    void CreateDirectory(string path);

    /// <summary>Returns once every name created, renamed or deleted in this directory before the call is durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Creates an empty file, or empties the one that is there, for reading and writing.</summary>
    IFileHandle Create(string path);

    /// <summary>Opens a file that has to exist.</summary>
    IFileHandle Open(string path, bool writable);

    /// <summary>
    /// Gives a file another name in the same directory, atomically in place of the one that has it. Open handles stay good.
    /// </summary>
    void Rename(string from, string to);

    void Delete(string path);

    /// <summary>
    /// How many bytes may still be taken on the disk of a directory that exists; <see cref="long.MaxValue"/> where the system does not say.
    /// </summary>
    long FreeBytes(string directory);

    /// <summary>
    /// Takes the exclusive lock on a file, created when missing, writes <paramref name="owner"/> into it and holds it until disposed of or
    /// until the process ends, however it ends.
    /// </summary>
    /// <exception cref="LogLockedException">It is held; the message names the owner that the file names.</exception>
    IDisposable Lock(string path, string owner);
}
