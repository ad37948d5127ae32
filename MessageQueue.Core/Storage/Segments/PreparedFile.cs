using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>A temporary file that will become a segment.</summary>
/// <param name="File">The file, filled with zeros.</param>
/// <param name="Filled">The offset up to which zeros are written and synced, so that overwriting them does not change metadata.</param>
/// <param name="Allocated">The offset up to which disk space is reserved for certain; 0 if that is unknown.</param>
internal readonly record struct PreparedFile(IFileHandle File, long Filled, long Allocated);
