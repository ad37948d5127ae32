using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>A temporary file that is to become a segment.</summary>
/// <param name="File">The file: zeros.</param>
/// <param name="Filled">How far zeros were written and synced, so that overwriting them changes no metadata.</param>
/// <param name="Allocated">How far there is space on the disk for sure; 0 if that is not known.</param>
internal readonly record struct PreparedFile(IFileHandle File, long Filled, long Allocated);
