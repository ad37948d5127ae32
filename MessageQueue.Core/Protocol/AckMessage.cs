namespace MessageQueue.Protocol;

/// <summary>The fields of an <c>ack</c>. All may be absent.</summary>
internal readonly ref struct AckMessage
{
    /// <summary>The client's reference, UTF-8; empty where there is none.</summary>
    public ReadOnlySpan<byte> Reference { get; init; }

    /// <summary>The number of the event that was stored; null if none was.</summary>
    public long? Id { get; init; }

    /// <summary>What the handler returned, JSON text, written as it is; empty where there is none.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Whether this repeats the answer to an earlier emit; written only if so.</summary>
    public bool Duplicate { get; init; }
}
