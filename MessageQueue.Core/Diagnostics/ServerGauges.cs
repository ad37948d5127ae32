namespace MessageQueue.Diagnostics;

/// <summary>Reads of the running server what is not counted but is there. Called on any thread; a little late at worst.</summary>
internal sealed record ServerGauges
{
    /// <summary>How many connections are open.</summary>
    public required Func<int> Connections { get; init; }

    /// <summary>How many sessions are known.</summary>
    public required Func<int> Sessions { get; init; }

    /// <summary>How many volatile events a receiver had no room for.</summary>
    public required Func<long> DroppedEvents { get; init; }

    /// <summary>Whether events are taken.</summary>
    public required Func<bool> IsAccepting { get; init; }

    /// <summary>How many bytes of the disk are free; null for a log on none, or where the system does not say.</summary>
    public required Func<long?> FreeBytes { get; init; }

    /// <summary>How many files of the log are known to be damaged.</summary>
    public required Func<int> DamagedFiles { get; init; }

    /// <summary>How many bytes of the log were checked in the background.</summary>
    public required Func<long> CheckedBytes { get; init; }
}
