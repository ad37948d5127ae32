namespace MessageQueue.State.Keys;

/// <summary>An unfinished event of a durable handler.</summary>
internal sealed class HandledEvent
{
    /// <summary>How often the handler began again after a restart.</summary>
    public int Starts { get; set; }

    /// <summary>The keys under which the handler has emitted, with the numbers of those events.</summary>
    public Dictionary<string, long> Keys { get; } = new(StringComparer.Ordinal);
}
