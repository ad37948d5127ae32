using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;

namespace MessageQueue.Storage.Recovery;

/// <summary>Checks the end of a segment that is not the last: a later segment exists, so all of it had been synced.</summary>
internal static class SealedEnd
{
    /// <exception cref="LogDamagedException">It ends in anything but a whole batch.</exception>
    public static void Check(Segment segment, SegmentReplay replay, IFileHandle file, FileWindow window, long nextFirstSequence)
    {
        try
        {
            // Truncated when it was sealed; or, when the process ended before that, followed by the zeros it was filled with.
            if (!segment.IsEmpty && replay.StoppedAt == segment.End && window.SkipZeros(segment.End) == window.Length)
            {
                return;
            }

            var search = new RecordSearch(file, window, segment.Header.Salt);
            RecordHeader? good = search.FindNext(
                replay.StoppedAt, header => header.Sequence > replay.StoppedAtSequence && header.Sequence < nextFirstSequence, out _);
            throw DamageMessages.OfRecords(
                segment.Path, replay.StoppedAt, replay.StoppedAtSequence, (good?.Sequence ?? nextFirstSequence) - 1,
                "the record there is bad or missing, and a later segment proves that it had been synced");
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, replay.StoppedAt, replay.StoppedAtSequence, exception);
        }
    }
}
