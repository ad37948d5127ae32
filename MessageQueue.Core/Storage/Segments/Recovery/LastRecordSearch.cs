using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>
/// Finds the last record of a sealed segment without reading the whole segment. That is enough to know that its length is complete, where
/// and at what time it ends, and that the next segment was written after it.
/// </summary>
internal static class LastRecordSearch
{
    // Most last records lie in the first of these tails; the last tail is the whole file.
    private static readonly long[] Tails = [64 * 1024, 4 * 1024 * 1024, long.MaxValue];

    /// <summary>Finds the last record and sets the end of the segment.</summary>
    /// <exception cref="LogDamagedException">The record is missing, or other bytes follow it.</exception>
    public static void Run(Segment segment, long lastSequence, IFileHandle file, FileWindow window)
    {
        try
        {
            foreach (long tail in Tails)
            {
                long from = Math.Max(SegmentHeader.Bytes, (window.Length - tail) & ~7);
                if (TryFind(segment, lastSequence, file, window, from))
                {
                    return;
                }
            }
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, segment.End, lastSequence, exception);
        }

        throw DamageMessages.OfRecords(
            segment.Path, segment.End, lastSequence, lastSequence,
            "the record is bad or missing, and a later segment proves that it had been synced");
    }

    private static bool TryFind(Segment segment, long lastSequence, IFileHandle file, FileWindow window, long from)
    {
        var search = new RecordSearch(file, window, segment.Header.Salt);
        RecordHeader? last = search.FindNext(from, header => header.Sequence == lastSequence && header.EndsBatch, out long offset);
        if (last is not { } header || window.SkipZeros(offset + header.RecordBytes) < window.Length)
        {
            return false;
        }

        segment.Extend(offset + header.RecordBytes, lastSequence, header.Crc, header.Time);
        return true;
    }
}
