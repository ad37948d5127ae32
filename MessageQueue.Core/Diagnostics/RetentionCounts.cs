namespace MessageQueue.Diagnostics;

/// <summary>
/// What snapshots and retention count, since the server started. Written by their thread alone, and read by anybody, a little late at
/// worst.
/// </summary>
internal sealed class RetentionCounts
{
    /// <summary>Events taken from sessions that had not acknowledged them, once per session.</summary>
    public long LostEvents { get; set; }

    /// <summary>Bytes of the log that were let go of, whether or not anybody was owed something in them.</summary>
    public long DroppedBytes { get; set; }

    /// <summary>Snapshots that could not be made.</summary>
    public long SnapshotFailures { get; set; }

    /// <summary>Told of every snapshot: how long it took, reading the log included.</summary>
    public Action<TimeSpan>? SnapshotMade { get; set; }
}
