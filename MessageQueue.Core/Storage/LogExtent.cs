namespace MessageQueue.Storage;

/// <summary>A run of records that the log can drop only as a whole: a segment of the file log.</summary>
/// <param name="FirstSequence">The first sequence, by which the extent is named.</param>
/// <param name="LastSequence">The last sequence.</param>
/// <param name="Bytes">The bytes that dropping it frees.</param>
/// <param name="LastTime">The time of its last record, in milliseconds since the Unix epoch.</param>
internal readonly record struct LogExtent(long FirstSequence, long LastSequence, long Bytes, long LastTime) : IExtent;
