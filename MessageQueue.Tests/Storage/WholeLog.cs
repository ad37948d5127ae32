using MessageQueue.Storage;

namespace MessageQueue.Tests.Storage;

internal static class WholeLog
{
    /// <summary>Recovers without a snapshot: from the first record, without missing records.</summary>
    public static void Recover(this IEventLog log, Action<LogRecord> apply) => log.Recover(0, [], apply);

    /// <summary>A record of a recovery or a replay, to be kept beyond the call-back.</summary>
    public static LogRecord Copy(this LogRecord record) => record with { Payload = record.Payload.ToArray() };
}
