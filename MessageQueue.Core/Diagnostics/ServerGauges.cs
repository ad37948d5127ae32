namespace MessageQueue.Diagnostics;

/// <summary>Reads values of the running server that are not counters. Called on any thread; may return a slightly old value.</summary>
internal sealed record ServerGauges
{
    /// <summary>The time.</summary>
    public required Func<DateTimeOffset> Now { get; init; }

    /// <summary>How many connections are open.</summary>
    public required Func<int> Connections { get; init; }

    /// <summary>How many sessions are known.</summary>
    public required Func<int> Sessions { get; init; }

    /// <summary>How many volatile events were dropped because a receiver had no room for them.</summary>
    public required Func<long> DroppedEvents { get; init; }

    /// <summary>Whether events are accepted.</summary>
    public required Func<bool> IsAccepting { get; init; }

    /// <summary>How many bytes of the disk are free; null for a log without a disk, or if the system does not report it.</summary>
    public required Func<long?> FreeBytes { get; init; }

    /// <summary>How many files of the log are known to be damaged.</summary>
    public required Func<int> DamagedFiles { get; init; }

    /// <summary>How many bytes of the log were checked in the background.</summary>
    public required Func<long> CheckedBytes { get; init; }
}
