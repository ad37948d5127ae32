namespace MessageQueue.Storage;

/// <summary>A record as the log holds it.</summary>
/// <param name="Sequence">The position in the log.</param>
/// <param name="Time">
/// The time at which its batch was written, in milliseconds since the Unix epoch; never decreases from one record to the next.
/// </param>
/// <param name="Type">The meaning of the payload for the state.</param>
/// <param name="Version">The version of the payload's layout.</param>
/// <param name="Payload">The payload.</param>
internal readonly record struct LogRecord(long Sequence, long Time, byte Type, ushort Version, ReadOnlyMemory<byte> Payload);
