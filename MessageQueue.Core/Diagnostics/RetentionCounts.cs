namespace MessageQueue.Diagnostics;

/// <summary>
/// Counts the work of snapshots and retention since the server started. Only their thread writes; any thread may read and may see a
/// slightly old value.
/// </summary>
internal sealed class RetentionCounts
{
    /// <summary>Events that were dropped before a session acknowledged them, counted once per session.</summary>
    public long LostEvents { get; set; }

    /// <summary>Bytes of the log that were dropped, whether or not any session had pending events in them.</summary>
    public long DroppedBytes { get; set; }

    /// <summary>Snapshots that failed.</summary>
    public long SnapshotFailures { get; set; }

    /// <summary>Called after every snapshot with the time it took, including reading the log.</summary>
    public Action<TimeSpan>? SnapshotMade { get; set; }
}
