namespace MessageQueue.Storage;

/// <summary>A record before it has a sequence.</summary>
/// <param name="Type">
/// The meaning of the payload for the state; not 0, and below <see cref="FirstOwnType"/>. The log does not interpret it.
/// </param>
/// <param name="Version">The version of the payload's layout.</param>
/// <param name="Payload">The payload; may be empty.</param>
internal readonly record struct LogEntry(byte Type, ushort Version, ReadOnlyMemory<byte> Payload)
{
    /// <summary>This type and all above are the log's own. Records of these types are never passed on.</summary>
    public const byte FirstOwnType = 128;
}
