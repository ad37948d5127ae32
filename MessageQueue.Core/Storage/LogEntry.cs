namespace MessageQueue.Storage;

/// <summary>A record before it has a sequence.</summary>
/// <param name="Type">What the payload means to the state; below <see cref="FirstOwnType"/>, and not 0. The log does not look at
/// it.</param>
/// <param name="Version">The version of the payload's layout.</param>
/// <param name="Payload">The payload; may be empty.</param>
internal readonly record struct LogEntry(byte Type, ushort Version, ReadOnlyMemory<byte> Payload)
{
    /// <summary>Types from here on are the log's own and are never handed out.</summary>
    public const byte FirstOwnType = 128;
}
