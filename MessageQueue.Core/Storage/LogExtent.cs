namespace MessageQueue.Storage;

/// <summary>A run of records that the log can only drop as a whole: a segment of the file log.</summary>
/// <param name="FirstSequence">Its first sequence; names it.</param>
/// <param name="LastSequence">Its last sequence.</param>
/// <param name="Bytes">What dropping it frees.</param>
/// <param name="LastTime">The time of its last record, in milliseconds since the Unix epoch.</param>
internal readonly record struct LogExtent(long FirstSequence, long LastSequence, long Bytes, long LastTime) : IExtent;
