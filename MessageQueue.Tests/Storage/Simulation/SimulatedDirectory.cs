namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>A directory: the names that programs see, the names that survive a power cut, and the changes between the two.</summary>
internal sealed class SimulatedDirectory
{
    private readonly List<(string? Removed, string? Added, SimulatedFile? File)> _unsynced = [];
    private Dictionary<string, SimulatedFile> _durable = [];

    public Dictionary<string, SimulatedFile> Seen { get; private set; } = [];

    public void Create(string name, SimulatedFile file) => Change(null, name, file);

    public void Rename(string from, string to) => Change(from, to, Seen[from]);

    public void Delete(string name) => Change(name, null, null);

    public void Sync()
    {
        _durable = new(Seen);
        _unsynced.Clear();
    }

    /// <param name="survival">How much survives.</param>
    /// <param name="random">Decides what survives by chance.</param>
    /// <param name="files">The files after the crash: one file may have a name here and another name there.</param>
    public SimulatedDirectory AfterCrash(Survival survival, Random random, Func<SimulatedFile, SimulatedFile> files)
    {
        var names = new Dictionary<string, SimulatedFile>(_durable);
        var copy = new SimulatedDirectory();
        if (survival == Survival.Everything)
        {
            copy._durable = _durable.ToDictionary(entry => entry.Key, entry => files(entry.Value));
            copy.Seen = Seen.ToDictionary(entry => entry.Key, entry => files(entry.Value));
            copy._unsynced.AddRange(
                _unsynced.Select(change => (change.Removed, change.Added, change.File is null ? null : files(change.File))));
            return copy;
        }

        foreach ((string? removed, string? added, SimulatedFile? file) in _unsynced)
        {
            if (survival == Survival.Random && random.Next(2) == 0)
            {
                Apply(names, removed, added, file);
            }
        }

        copy.Seen = names.ToDictionary(entry => entry.Key, entry => files(entry.Value));
        copy._durable = new(copy.Seen);
        return copy;
    }

    private static void Apply(Dictionary<string, SimulatedFile> names, string? removed, string? added, SimulatedFile? file)
    {
        if (removed is not null)
        {
            names.Remove(removed);
        }

        if (added is not null)
        {
            names[added] = file!;
        }
    }

    private void Change(string? removed, string? added, SimulatedFile? file)
    {
        Apply(Seen, removed, added, file);
        _unsynced.Add((removed, added, file));
    }
}
