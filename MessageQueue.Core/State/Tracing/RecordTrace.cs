using MessageQueue.State.Records;
using MessageQueue.Storage;

namespace MessageQueue.State.Tracing;

/// <summary>Reads the records of a log in order, and passes on what filters choose, as JSON with the names of sessions.</summary>
/// <param name="names">The names of sessions. It is kept up to date.</param>
/// <param name="filters">The filters; a record has to pass all of them.</param>
internal sealed class RecordTrace(SessionNames names, IReadOnlyList<IRecordFilter> filters)
{
    /// <summary>Takes into account a session that a snapshot has. Call before the first record.</summary>
    public void Begin(SessionState session)
    {
        names.Add(session);
        foreach (IRecordFilter filter in filters)
        {
            filter.Begin(session);
        }
    }

    /// <summary>Returns the record as one line of JSON without the line end; empty if a filter leaves it out.</summary>
    public ReadOnlySpan<byte> Follow(in LogRecord record, bool isWanted)
    {
        try
        {
            RecordVersions.Check(record);
        }
        catch (LogDamagedException)
        {
            // A later version of this program wrote it. Nobody knows whether it concerns what is looked for.
            return isWanted && filters.Count == 0 ? RecordJson.Encode(record, null, static _ => true) : default;
        }

        long session = names.Follow(record);
        bool isTaken = isWanted;
        foreach (IRecordFilter filter in filters)
        {
            // Every filter follows every record.
            isTaken &= filter.Takes(record, session);
        }

        return isTaken && !IsEmpty(record) ? RecordJson.Encode(record, names.Find, Shows) : default;
    }

    private bool Shows(long sessionId) => filters.All(filter => filter.Shows(sessionId));

    // Each filter may have found something in an acknowledgement of many sessions, and none the same.
    private bool IsEmpty(in LogRecord record) => (RecordType)record.Type == RecordType.Acknowledged && filters.Count > 0
        && !AcknowledgedRecord.Decode(record.Payload).Any(progress => Shows(progress.SessionId));
}
