namespace MessageQueue.Storage;

/// <summary>A record before it has a sequence.</summary>
/// <param name="Type">What the payload means to the state; 1 to 127. The log does not look at it; 128 and up are the log's own.</param>
/// <param name="Version">The version of the payload's layout.</param>
/// <param name="Payload">The payload; may be empty.</param>
internal readonly record struct LogEntry(byte Type, ushort Version, ReadOnlyMemory<byte> Payload);
