namespace MessageQueue.Protocol;

/// <summary>The fields of an <c>ack</c>. All may be absent.</summary>
internal readonly ref struct AckMessage
{
    /// <summary>The client's reference, UTF-8; empty if there is none.</summary>
    public ReadOnlySpan<byte> Reference { get; init; }

    /// <summary>The number of the stored event; null if none was stored.</summary>
    public long? Id { get; init; }

    /// <summary>The result of the handler as JSON text, written unchanged; empty if there is none.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Whether the data is an array whose entries are the arguments. Written only if true.</summary>
    public bool HasSeveralArguments { get; init; }

    /// <summary>Whether this repeats the answer to an earlier emit. Written only if true.</summary>
    public bool Duplicate { get; init; }
}
