using MessageQueue.Storage.Files;
using MessageQueue.Storage.Recovery;

namespace MessageQueue.Storage.Segments;

/// <summary>Opens segments to read them.</summary>
internal static class SegmentFile
{
    /// <summary>
    /// Null if the segment was dropped between being looked up and being opened. One that is open stays readable, whatever becomes of its name.
    /// </summary>
    /// <exception cref="LogDamagedException">It cannot be opened.</exception>
    public static IFileHandle? TryOpen(IFileSystem files, Segment segment)
    {
        try
        {
            return files.Open(segment.Path, writable: false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return segment.IsDropped
                ? null
                : throw DamageMessages.OfSegment(segment.Path, segment.FirstSequence, "it cannot be opened: " + exception.Message, exception);
        }
    }
}
