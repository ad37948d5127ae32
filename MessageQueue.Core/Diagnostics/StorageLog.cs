using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Log messages of the file log. Event ids 200 to 219.</summary>
internal static partial class StorageLog
{
    [LoggerMessage(200, LogLevel.Information, "Created a store in '{Directory}' with id {StoreId}")]
    public static partial void Created(ILogger logger, string directory, Guid storeId);

    [LoggerMessage(201, LogLevel.Information, "Recovered the log in '{Directory}': {Segments} segments up to sequence {LastSequence}")]
    public static partial void Recovered(ILogger logger, string directory, int segments, long lastSequence);

    [LoggerMessage(
        202, LogLevel.Warning,
        "Dropped an incomplete write after sequence {LastSequence} in '{Directory}': it was not synced when the process ended")]
    public static partial void DroppedTornTail(ILogger logger, string directory, long lastSequence);

    [LoggerMessage(203, LogLevel.Warning, "The next segment '{Path}' could not be filled in advance; the log continues without that")]
    public static partial void PreparationFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(205, LogLevel.Warning, "'{Path}' could not be removed; the next start tries again")]
    public static partial void RemovalFailed(ILogger logger, string path, Exception exception);

    [LoggerMessage(
        206, LogLevel.Warning,
        "No room for another segment and the reserve in '{Directory}': events are refused until there is")]
    public static partial void NoRoom(ILogger logger, string directory);

    [LoggerMessage(207, LogLevel.Information, "There is room in '{Directory}' again")]
    public static partial void RoomAgain(ILogger logger, string directory);

    [LoggerMessage(
        208, LogLevel.Warning,
        "'{Directory}' is a copy that is started for the first time: its log is {LogId} from now on. "
        + "It holds what log {Previous} had up to sequence {UpTo}; "
        + "what was acknowledged there after it may be missing here, and clients that see the new log id have to repeat it")]
    public static partial void StartedCopy(ILogger logger, string directory, string logId, string previous, long upTo);

    [LoggerMessage(
        209, LogLevel.Warning,
        "'{Directory}' is a repaired copy that is started for the first time: its log is {LogId} from now on. "
        + "The id of the original log is unknown, "
        + "and what was acknowledged there may be missing here")]
    public static partial void StartedCopyOfUnknown(ILogger logger, string directory, string logId);

    [LoggerMessage(
        210, LogLevel.Warning,
        "The disk of '{Directory}' has {Free} bytes free, and a start should find {Needed}: events may be refused until sessions "
        + "acknowledge their pending events or there is more room")]
    public static partial void LittleRoom(ILogger logger, string directory, long free, long needed);

    [LoggerMessage(
        211, LogLevel.Error,
        "{Damage} The server goes on; sessions with one of these events pending are closed with 1011. Stop the server, run 'log "
        + "verify' and 'log repair', or restore a backup, and check the disk")]
    public static partial void Damaged(ILogger logger, string damage);

    [LoggerMessage(212, LogLevel.Debug, "Checked {Extents} closed files of the log; {Damaged} of them are damaged")]
    public static partial void Scrubbed(ILogger logger, int extents, int damaged);

    [LoggerMessage(204, LogLevel.Critical, "The log in '{Directory}' failed at: {Operation}. It accepts nothing more; restart to recover")]
    public static partial void LogFailed(ILogger logger, string directory, string operation, Exception exception);
}
