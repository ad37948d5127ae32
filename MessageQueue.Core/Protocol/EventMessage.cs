namespace MessageQueue.Protocol;

/// <summary>The fields of an <c>event</c>. Names are UTF-8. An empty name is left out.</summary>
internal readonly ref struct EventMessage
{
    /// <summary>The event's number; null for a volatile event.</summary>
    public long? Id { get; init; }

    /// <summary>The event's name.</summary>
    public required ReadOnlySpan<byte> Event { get; init; }

    /// <summary>The data as JSON text, written unchanged; empty if there is none.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>Whether the data is an array whose entries are the arguments. Written only if true.</summary>
    public bool HasSeveralArguments { get; init; }

    /// <summary>The entry of <c>to</c> that matched.</summary>
    public ReadOnlySpan<byte> Room { get; init; }

    /// <summary>The sender's name or alias; empty if there is none.</summary>
    public ReadOnlySpan<byte> From { get; init; }

    /// <summary>The time of the event in milliseconds since the Unix epoch.</summary>
    public required long Time { get; init; }

    /// <summary>Whether the event may have been sent to this session before. Written only if true.</summary>
    public bool Redelivered { get; init; }

    /// <summary>Whether the server waits for an answer. Written only if true.</summary>
    public bool Reply { get; init; }

    /// <summary>The trace that the event belongs to; empty if there is none.</summary>
    public ReadOnlySpan<byte> Trace { get; init; }
}
