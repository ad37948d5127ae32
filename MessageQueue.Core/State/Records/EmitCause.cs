namespace MessageQueue.State.Records;

/// <summary>The event that a handler was handling when it emitted. It owns the key of that emit.</summary>
/// <param name="SessionId">The session that the handled event belongs to; 0 for none. For a durable handler it is the server's own
/// session.</param>
/// <param name="Number">The number of the handled event; 0 if it was not stored.</param>
internal readonly record struct EmitCause(long SessionId, long Number)
{
    /// <summary>Whether there is one.</summary>
    public bool IsKnown => SessionId != 0;
}
