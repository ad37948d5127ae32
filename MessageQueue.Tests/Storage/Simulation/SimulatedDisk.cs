using MessageQueue.Storage.Files;

namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>
/// A file system in memory. After a power cut it keeps only what was synced, and it fails where a test wants it to. The directory
/// <c>/</c> always exists; every other directory must be created, and synced into its parent, to survive.
/// </summary>
internal sealed class SimulatedDisk : IFileSystem
{
    private const int NoSpace = 28;

    private readonly HashSet<string> _locks = [];
    private Dictionary<string, SimulatedDirectory> _directories = new() { ["/"] = new() };
    private HashSet<string> _durableDirectories = ["/"];
    private (int At, FaultKind Kind)? _fault;

    public Lock Gate { get; } = new();

    /// <summary>The number of operations that changed something, or tried to.</summary>
    public int Operations { get; private set; }

    public DiskOperation? FailedOperation { get; private set; }

    public string? FailedPath { get; private set; }

    /// <summary>Called before each operation that changes something.</summary>
    public Action<DiskOperation, string>? Observe { get; set; }

    /// <summary>A path whose reads fail with EIO.</summary>
    public string? Unreadable { get; set; }

    /// <summary>The most bytes that all files together may have.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>Whether syncs of files do nothing. Shows whether the tests notice that.</summary>
    public bool SyncsNothing { get; set; }

    public static SimulatedDisk Holding(params (string Path, byte[] Contents)[] files)
    {
        var disk = new SimulatedDisk();
        foreach ((string path, byte[] contents) in files)
        {
            for (string? directory = Path.GetDirectoryName(path); directory is not null; directory = Path.GetDirectoryName(directory))
            {
                disk._directories.TryAdd(directory, new());
                disk._durableDirectories.Add(directory);
            }

            SimulatedDirectory parent = disk._directories[Path.GetDirectoryName(path)!];
            parent.Create(Path.GetFileName(path), SimulatedFile.Holding(contents));
            parent.Sync();
        }

        return disk;
    }

    /// <summary>Makes the n-th operation from now fail, once.</summary>
    public void FailAt(int n, FaultKind kind) => _fault = (Operations + n, kind);

    /// <summary>Returns the disk as the next process finds it. This one does not change.</summary>
    public SimulatedDisk AfterCrash(Survival survival, int seed = 0)
    {
        lock (Gate)
        {
            var random = new Random(seed);
            var moved = new Dictionary<SimulatedFile, SimulatedFile>();
            SimulatedFile Move(SimulatedFile file) =>
                moved.TryGetValue(file, out SimulatedFile? copy) ? copy : moved[file] = file.AfterCrash(survival, random);

            bool Survives(string path) =>
                path == "/"
                    || ((_durableDirectories.Contains(path) || survival == Survival.Everything) && Survives(Path.GetDirectoryName(path)!));

            return new SimulatedDisk
            {
                Capacity = Capacity,
                _directories = _directories.Where(entry => Survives(entry.Key))
                    .ToDictionary(entry => entry.Key, entry => entry.Value.AfterCrash(survival, random, Move)),
                _durableDirectories = [.. _durableDirectories.Where(Survives)],
            };
        }
    }

    /// <summary>Returns the content of every file as programs see it, so that a test can compare it later.</summary>
    public SortedDictionary<string, byte[]> Contents()
    {
        lock (Gate)
        {
            var contents = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
            foreach ((string directory, SimulatedDirectory entries) in _directories)
            {
                foreach ((string name, SimulatedFile file) in entries.Seen)
                {
                    contents[Path.Combine(directory, name)] = file.Seen.ToArray();
                }
            }

            return contents;
        }
    }

    /// <summary>Returns the bytes of a file, so that a test can damage them in place.</summary>
    public Span<byte> Raw(string path) => Find(path).Seen;

    public bool DirectoryExists(string path)
    {
        lock (Gate)
        {
            return _directories.ContainsKey(path);
        }
    }

    public bool FileExists(string path)
    {
        lock (Gate)
        {
            return _directories.TryGetValue(Path.GetDirectoryName(path)!, out SimulatedDirectory? directory)
                && directory.Seen.ContainsKey(Path.GetFileName(path));
        }
    }

    public IReadOnlyList<string> ListFiles(string directory)
    {
        lock (Gate)
        {
            return [.. _directories[directory].Seen.Keys];
        }
    }

    public bool IsEmptyDirectory(string path)
    {
        lock (Gate)
        {
            return _directories[path].Seen.Count == 0
                && !_directories.Keys.Any(child => child != "/" && Path.GetDirectoryName(child) == path);
        }
    }

    public void CreateDirectory(string path)
    {
        lock (Gate)
        {
            _ = Parent(path);
            Run(DiskOperation.CreateDirectory, path, () => _directories.TryAdd(path, new()));
        }
    }

    public void SyncDirectory(string path)
    {
        lock (Gate)
        {
            SimulatedDirectory directory = _directories[path];
            Run(DiskOperation.SyncDirectory, path, () =>
            {
                directory.Sync();
                _durableDirectories.UnionWith(_directories.Keys.Where(child => child != "/" && Path.GetDirectoryName(child) == path));
            });
        }
    }

    public IFileHandle Create(string path)
    {
        lock (Gate)
        {
            SimulatedDirectory parent = Parent(path);
            SimulatedFile? file = null;
            Run(DiskOperation.Create, path, () =>
            {
                if (parent.Seen.TryGetValue(Path.GetFileName(path), out file))
                {
                    file.SetLength(0);
                    return;
                }

                file = new SimulatedFile();
                parent.Create(Path.GetFileName(path), file);
            });
            return new SimulatedHandle(this, path, file!, writable: true);
        }
    }

    public IFileHandle Open(string path, bool writable)
    {
        lock (Gate)
        {
            return new SimulatedHandle(this, path, Find(path), writable);
        }
    }

    public void Rename(string from, string to)
    {
        lock (Gate)
        {
            _ = Find(from);
            Run(DiskOperation.Rename, to, () => Parent(from).Rename(Path.GetFileName(from), Path.GetFileName(to)));
        }
    }

    public void Delete(string path)
    {
        lock (Gate)
        {
            _ = Find(path);
            Run(DiskOperation.Delete, path, () => Parent(path).Delete(Path.GetFileName(path)));
        }
    }

    public IDisposable Lock(string path, string owner)
    {
        lock (Gate)
        {
            return _locks.Add(path) ? new SimulatedLock(this, path) : throw new LogLockedException($"'{path}' is locked by {owner}.");
        }
    }

    public void Unlock(string path)
    {
        lock (Gate)
        {
            _locks.Remove(path);
        }
    }

    public FaultKind? Begin(DiskOperation operation, string path)
    {
        Observe?.Invoke(operation, path);
        if (++Operations != _fault?.At)
        {
            return null;
        }

        FailedOperation = operation;
        FailedPath = path;
        return _fault.Value.Kind;
    }

    public Exception Failure() => _fault?.Kind == FaultKind.NotAnIOException && FailedOperation == DiskOperation.Write
        ? new ArgumentOutOfRangeException($"Simulated: {FailedOperation} of '{FailedPath}'.", innerException: null)
        : new IOException($"Simulated: {FailedOperation} of '{FailedPath}'.");

    /// <summary>
    /// Runs any operation except a write, which can be done by half, and a sync of a file, which can lose pages.
    /// </summary>
    public void Run(DiskOperation operation, string path, Action action)
    {
        FaultKind? fault = Begin(operation, path);
        if (fault is null or FaultKind.DoneAndReported)
        {
            action();
        }

        if (fault is not null)
        {
            throw Failure();
        }
    }

    /// <summary>Reserves space for a file that grows.</summary>
    public void Take(long bytes)
    {
        if (bytes > 0 && bytes > Free())
        {
            throw new IOException("Simulated: no space left on device.", NoSpace);
        }
    }

    public long FreeBytes(string directory)
    {
        lock (Gate)
        {
            return Free();
        }
    }

    public void FailReadIfTold(string path)
    {
        if (path == Unreadable)
        {
            throw new IOException($"Simulated: read of '{path}'.");
        }
    }

    private long Free() => Capacity - _directories.Values.SelectMany(directory => directory.Seen.Values).Sum(file => (long)file.Length);

    private SimulatedDirectory Parent(string path) =>
        _directories.TryGetValue(Path.GetDirectoryName(path)!, out SimulatedDirectory? parent)
            ? parent
            : throw new DirectoryNotFoundException($"Simulated: no directory for '{path}'.");

    private SimulatedFile Find(string path) =>
        Parent(path).Seen.TryGetValue(Path.GetFileName(path), out SimulatedFile? file)
            ? file
            : throw new FileNotFoundException($"Simulated: no file '{path}'.");
}
