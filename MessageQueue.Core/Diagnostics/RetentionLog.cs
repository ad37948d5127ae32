using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Log messages of snapshots and retention. Event ids 400 to 499.</summary>
internal static partial class RetentionLog
{
    [LoggerMessage(400, LogLevel.Error, "The snapshot at {Sequence} cannot be read; an older snapshot or the whole log is used instead.")]
    public static partial void SnapshotUnreadable(ILogger logger, long sequence, Exception exception);

    [LoggerMessage(401, LogLevel.Debug, "Snapshot at {Sequence} of {Sessions} sessions in {Milliseconds} ms.")]
    public static partial void SnapshotMade(ILogger logger, long sequence, int sessions, long milliseconds);

    [LoggerMessage(
        402, LogLevel.Warning,
        "A snapshot failed; the next attempt is in {Seconds} s. Until one succeeds, retention drops nothing and a restart reads more.")]
    public static partial void SnapshotFailed(ILogger logger, double seconds, Exception exception);

    [LoggerMessage(403, LogLevel.Information, "Retention drops {Bytes} bytes of the log in {Extents} pieces.")]
    public static partial void Dropping(ILogger logger, long bytes, int extents);

    [LoggerMessage(404, LogLevel.Warning, "Retention dropped {Events} pending events of {Sessions} sessions; each of them gets a gap.")]
    public static partial void TookEvents(ILogger logger, long events, int sessions);

    [LoggerMessage(405, LogLevel.Information, "Recovering: {Records} records read, up to {Sequence}, in {Seconds} s so far.")]
    public static partial void Recovering(ILogger logger, long records, long sequence, long seconds);
}
