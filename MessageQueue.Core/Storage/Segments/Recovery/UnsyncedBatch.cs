namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>A batch that was read at the end of the log, and that may have come from a page cache only.</summary>
/// <param name="Segment">The segment that ends with it.</param>
/// <param name="Offset">Where it begins.</param>
internal sealed record UnsyncedBatch(Segment Segment, long Offset);
