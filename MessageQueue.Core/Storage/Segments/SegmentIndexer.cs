using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// Builds the index of a segment that recovery did not need to read. It is built once, by the first reader. A damaged record affects only
/// itself: the index continues with the next good record, and the damage is reported to whoever reads the damaged one.
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

        // One reader builds the index, and other readers of the segment wait: they would have to do the same work.
        lock (segment)
        {
            return segment.Index ??= Build(segment, file);
        }
    }

    private static SparseIndex Build(Segment segment, IFileHandle file)
    {
        var index = new SparseIndex(segment.FirstSequence);
        using var window = new FileWindow(file);
        index.AddIfSpaced(segment.FirstSequence, SegmentHeader.Bytes);
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

                index.AddIfSpaced(next++, scanner.RecordOffset);
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
