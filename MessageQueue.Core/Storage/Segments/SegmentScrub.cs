using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Reads a sealed segment from its beginning and checks all of it, in pieces.</summary>
internal static class SegmentScrub
{
    private const int PieceBytes = 256 * 1024;

    /// <exception cref="LogDamagedException">
    /// The segment is damaged. The message names all sequences up to the next good record.
    /// </exception>
    public static IEnumerable<int> Run(IFileSystem files, Segment segment)
    {
        using IFileHandle? file = segment.TryOpen(files);
        if (file is null)
        {
            yield break;
        }

        using var window = new FileWindow(file);
        CheckHeader(segment, window);
        var scanner = new SegmentScanner(window, segment.Header.Salt, segment.FirstSequence);
        long given = 0;
        for (long next = segment.FirstSequence; next <= segment.LastSequence; next++)
        {
            CheckRecord(segment, file, window, scanner, next);
            if (scanner.Position - given >= PieceBytes)
            {
                yield return (int)(scanner.Position - given);
                given = scanner.Position;
            }
        }

        yield return (int)(scanner.Position - given);
    }

    private static void CheckHeader(Segment segment, FileWindow window)
    {
        try
        {
            string? wrong = window.Length < SegmentHeader.Bytes ? "the segment is shorter than its header"
                : SegmentHeader.TryDecode(window.Get(0, SegmentHeader.Bytes), out SegmentHeader header) is { } bad ? bad
                : header == segment.Header ? null
                : "the header is not the one that was written";
            if (wrong is not null)
            {
                throw DamageMessages.OfSegment(segment.Path, segment.FirstSequence, wrong);
            }
        }
        catch (IOException exception)
        {
            throw DamageMessages.OfSegment(
                segment.Path, segment.FirstSequence, "the header cannot be read: " + exception.Message, exception);
        }
    }

    private static void CheckRecord(Segment segment, IFileHandle file, FileWindow window, SegmentScanner scanner, long sequence)
    {
        try
        {
            if (scanner.TryNext(out _))
            {
                return;
            }

            RecordHeader? good = new RecordSearch(file, window, segment.Header.Salt).FindNext(
                scanner.Position, header => header.Sequence > sequence && header.Sequence <= segment.LastSequence, out _);
            throw DamageMessages.OfRecords(
                segment.Path, scanner.Position, sequence, (good?.Sequence ?? segment.LastSequence + 1) - 1,
                "the record there is bad or missing");
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, scanner.Position, sequence, exception);
        }
    }
}
