namespace MessageQueue.Tests.Storage.Simulation;

/// <summary>What outlives a crash.</summary>
internal enum Survival
{
    /// <summary>The process died: the system writes everything in the end.</summary>
    Everything,

    /// <summary>The power was cut before the system wrote anything of its own accord.</summary>
    OnlySynced,

    /// <summary>
    /// The power was cut while it did: of what was not synced, sectors, parts of sectors, lengths and names survive at random.
    /// </summary>
    Random,
}
