namespace MessageQueue.Benchmarks.Generator;

/// <summary>What was received on a connection: counted, not kept.</summary>
internal struct Tally
{
    /// <summary>How many publications the server has acknowledged.</summary>
    public long Acknowledged;

    /// <summary>How many events have come.</summary>
    public long Events;

    /// <summary>A frame to send back, such as the answer to a heartbeat.</summary>
    public byte[]? Reply;

    /// <summary>Where the times of the events are recorded, or null if they are only counted.</summary>
    public LatencyHistogram? Latencies;

    /// <summary>The time of the read that is handled now.</summary>
    public long Now;

    /// <summary>Counts an event, and records how long ago it was due.</summary>
    public void AddEvent(ReadOnlySpan<byte> message)
    {
        Events++;
        if (Latencies is not null && EventData.TimeOf(message) is > 0 and long due)
        {
            Latencies.Record(Now - due);
        }
    }
}
