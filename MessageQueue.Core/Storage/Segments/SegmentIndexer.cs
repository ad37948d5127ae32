using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Makes the index of a segment that recovery had no need to read. Once, and by whoever wants to read it first. A damaged record costs
/// itself: the index goes on with the next good one, so that the others are found, and who wants the damaged one finds it to be so.
/// </summary>
internal static class SegmentIndexer
{
    /// <exception cref="LogDamagedException">The segment's file cannot be read.</exception>
    public static SparseIndex Get(Segment segment, IFileHandle file)
    {
        if (segment.Index is { } index)
        {
            return index;
        }

        // One reader indexes it, and others of this segment wait: they could do nothing else but the same.
        lock (segment)
        {
            return segment.Index ??= Build(segment, file);
        }
    }

    private static SparseIndex Build(Segment segment, IFileHandle file)
    {
        var index = new SparseIndex(segment.FirstSequence);
        using var window = new FileWindow(file);
        index.Offer(segment.FirstSequence, SegmentHeader.Bytes);
        var scanner = new SegmentScanner(window, segment.Header.Salt, segment.FirstSequence);
        long next = segment.FirstSequence;
        try
        {
            while (next <= segment.LastSequence)
            {
                if (!scanner.TryNext(out _))
                {
                    if (TryFindNext(segment, file, window, scanner.Position, next) is not (long offset, long sequence))
                    {
                        break;
                    }

                    index.Add(sequence, offset);
                    scanner = new SegmentScanner(window, segment.Header.Salt, sequence, offset);
                    next = sequence;
                    continue;
                }

                index.Offer(next++, scanner.RecordOffset);
            }
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, scanner.Position, next, exception);
        }

        return index;
    }

    private static (long Offset, long Sequence)? TryFindNext(Segment segment, IFileHandle file, FileWindow window, long from, long bad)
    {
        RecordHeader? good = new RecordSearch(file, window, segment.Header.Salt).FindNext(
            from, header => header.Sequence > bad && header.Sequence <= segment.LastSequence, out long offset);
        return good is { } header ? (offset, header.Sequence) : null;
    }
}
