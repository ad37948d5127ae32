namespace MessageQueue.Storage;

/// <summary>Tracks the progress of one call of <see cref="IEventLog.Read"/>.</summary>
internal ref struct ReadRequest(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes)
{
    private readonly ReadOnlySpan<long> _sequences = sequences;
    private readonly Span<LogRecord> _records = records;
    private long _bytes;
    private bool _full;

    /// <summary>The number of sequences that were handled.</summary>
    public int Consumed { get; private set; }

    /// <summary>The number of records that were read.</summary>
    public int Count { get; private set; }

    public readonly bool HasNext => !_full && Consumed < _sequences.Length && Count < _records.Length;

    public readonly long Next => _sequences[Consumed];

    /// <summary>The sequences that are still to be read, the next one first.</summary>
    public readonly ReadOnlySpan<long> Remaining => _sequences[Consumed..];

    /// <summary>How many bytes of payload may still be added. The first payload is always accepted.</summary>
    public readonly long Room => maxBytes - _bytes;

    /// <summary>Leaves the next sequence out, because the log holds no such record.</summary>
    public void Skip() => Consumed++;

    /// <summary>Returns whether a payload of this length may be added. If not, the request is complete.</summary>
    public bool Accepts(long payloadBytes)
    {
        _full = Count > 0 && payloadBytes > Room;
        return !_full;
    }

    public void Add(in LogRecord record)
    {
        _records[Count++] = record;
        _bytes += record.Payload.Length;
        Consumed++;
    }
}
