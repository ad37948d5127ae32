using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Walks over records that are known to be in a segment, so that a record that cannot be read is damage.</summary>
/// <param name="segment">The segment.</param>
/// <param name="window">Its file.</param>
/// <param name="firstSequence">The sequence of the record at which to begin.</param>
/// <param name="offset">Where that record begins.</param>
internal sealed class SegmentWalk(Segment segment, FileWindow window, long firstSequence, long offset)
{
    private readonly SegmentScanner _scanner = new(window, segment.Header.Salt, firstSequence, offset);

    public RecordHeader Header => _scanner.Header;

    /// <summary>The offset of the current record.</summary>
    public long RecordOffset => _scanner.RecordOffset;

    /// <summary>The sequence of the next record.</summary>
    public long NextSequence { get; private set; } = firstSequence;

    /// <summary>Moves to the next record; its bytes are valid until the next call.</summary>
    /// <exception cref="LogDamagedException">The next record is bad.</exception>
    public void MoveNext(out ReadOnlySpan<byte> record)
    {
        try
        {
            if (!_scanner.TryNext(out record))
            {
                throw DamageMessages.OfRecords(segment.Path, _scanner.Position, NextSequence, NextSequence, "the record there is bad");
            }
        }
        catch (IOException exception)
        {
            throw DamageMessages.Unreadable(segment.Path, _scanner.Position, NextSequence, exception);
        }

        NextSequence++;
    }
}
