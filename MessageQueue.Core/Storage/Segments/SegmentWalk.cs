using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Walks records that are known to be in a segment, so that one that cannot be read is damage.</summary>
/// <param name="segment">The segment.</param>
/// <param name="window">Its file.</param>
/// <param name="firstSequence">The sequence of the record to begin with.</param>
/// <param name="offset">Where that record begins.</param>
internal sealed class SegmentWalk(Segment segment, FileWindow window, long firstSequence, long offset)
{
    private readonly SegmentScanner _scanner = new(window, segment.Header.Salt, firstSequence, offset);

    public RecordHeader Header => _scanner.Header;

    /// <summary>Where the current record begins.</summary>
    public long RecordOffset => _scanner.RecordOffset;

    /// <summary>The sequence that the next record has.</summary>
    public long NextSequence { get; private set; } = firstSequence;

    /// <summary>Moves to the next record; its bytes are valid until the next call.</summary>
    /// <exception cref="LogDamagedException">It is bad.</exception>
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
