namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>A batch that was read at the end of the log and that may exist only in the page cache.</summary>
/// <param name="Segment">The segment that ends with it.</param>
/// <param name="Offset">The offset where it begins.</param>
internal sealed record UnsyncedBatch(Segment Segment, long Offset);
