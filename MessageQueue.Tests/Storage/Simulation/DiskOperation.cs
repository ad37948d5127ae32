namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>The operations that change something. Only these are counted and can fail.</summary>
internal enum DiskOperation
{
    CreateDirectory,
    SyncDirectory,
    Create,
    Rename,
    Delete,
    Write,
    SetLength,
    Allocate,
    Sync,
}
