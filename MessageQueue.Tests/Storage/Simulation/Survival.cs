namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>How much of the disk survives a crash.</summary>
internal enum Survival
{
    /// <summary>The process died: the operating system still writes everything.</summary>
    Everything,

    /// <summary>The power was cut before the operating system wrote anything by itself: only synced data survives.</summary>
    OnlySynced,

    /// <summary>
    /// The power was cut while it was writing: of everything that was not synced, sectors, parts of sectors, lengths and names survive
    /// at random.
    /// </summary>
    Random,
}
