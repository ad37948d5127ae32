namespace MessageQueue.Storage;

/// <summary>A run of records of the log in memory.</summary>
internal sealed class MemoryExtent(long firstSequence) : IExtent
{
    private long _bytes;

    public long FirstSequence => firstSequence;

    public long LastSequence => firstSequence + Records.Count - 1;

    public List<LogRecord> Records { get; } = [];

    public void Add(in LogRecord record)
    {
        Records.Add(record);
        _bytes += record.Payload.Length;
    }

    public LogExtent Describe() => new(FirstSequence, LastSequence, _bytes, Records[^1].Time);
}
