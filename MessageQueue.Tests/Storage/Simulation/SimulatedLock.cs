namespace MessageQueue.Tests.Storage.Simulation;

internal sealed class SimulatedLock(SimulatedDisk disk, string path) : IDisposable
{
    public void Dispose() => disk.Unlock(path);
}
