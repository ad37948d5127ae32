using MessageQueue.Storage;

namespace MessageQueue.State.Tracing;

/// <summary>Chooses records of a log for people who look for something in it.</summary>
internal interface IRecordFilter
{
    /// <summary>Takes into account a session that a snapshot has. Call before the first record.</summary>
    void Begin(SessionState session);

    /// <summary>Returns whether the record belongs to what is looked for. Call for every record, in the order of the log.</summary>
    /// <param name="record">The record.</param>
    /// <param name="sessionId">The session that it attaches or ends; 0 for none.</param>
    bool Takes(in LogRecord record, long sessionId);

    /// <summary>Returns whether what the last record says of this session belongs to it.</summary>
    bool Shows(long sessionId);
}
