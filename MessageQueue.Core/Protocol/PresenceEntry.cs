namespace MessageQueue.Protocol;

/// <summary>A session in a <see cref="PresenceMessage"/>.</summary>
/// <param name="SessionId">The session's id, which is not told to clients.</param>
/// <param name="Address">The name by which others know it, UTF-8.</param>
/// <param name="Data">What it shows of itself, JSON text; empty for nothing.</param>
internal readonly record struct PresenceEntry(long SessionId, ReadOnlyMemory<byte> Address, ReadOnlyMemory<byte> Data);
