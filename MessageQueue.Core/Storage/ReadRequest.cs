namespace MessageQueue.Storage;

/// <summary>Tracks how far one call of <see cref="IEventLog.Read"/> has come.</summary>
internal ref struct ReadRequest(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes)
{
    private readonly ReadOnlySpan<long> _sequences = sequences;
    private readonly Span<LogRecord> _records = records;
    private long _bytes;
    private bool _full;

    /// <summary>The sequences looked at.</summary>
    public int Consumed { get; private set; }

    /// <summary>The records found.</summary>
    public int Count { get; private set; }

    public readonly bool HasNext => !_full && Consumed < _sequences.Length && Count < _records.Length;

    public readonly long Next => _sequences[Consumed];

    /// <summary>All that are still to be looked at, the next one first.</summary>
    public readonly ReadOnlySpan<long> Remaining => _sequences[Consumed..];

    /// <summary>How many bytes of payload may still be added, unless nothing was yet.</summary>
    public readonly long Room => maxBytes - _bytes;

    /// <summary>Leaves the next sequence out: the log holds no such record.</summary>
    public void Skip() => Consumed++;

    /// <summary>Returns whether a payload of this length may be added; if not, the request is complete.</summary>
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
