namespace MessageQueue.Protocol;

/// <summary>The fields of an <c>event</c>. Names are UTF-8; an empty one is left out.</summary>
internal readonly ref struct EventMessage
{
    /// <summary>The event's number; null on a volatile one.</summary>
    public long? Id { get; init; }

    /// <summary>The event's name.</summary>
    public required ReadOnlySpan<byte> Event { get; init; }

    /// <summary>JSON text, written as it is; empty where there is none.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>The entry of <c>to</c> that matched.</summary>
    public ReadOnlySpan<byte> Room { get; init; }

    /// <summary>The sender's name or alias; empty where there is none.</summary>
    public ReadOnlySpan<byte> From { get; init; }

    /// <summary>Milliseconds since the Unix epoch.</summary>
    public required long Time { get; init; }

    /// <summary>Whether it may have been sent to this session before; written only if so.</summary>
    public bool Redelivered { get; init; }

    /// <summary>Whether the server waits for an answer; written only if so.</summary>
    public bool Reply { get; init; }
}
