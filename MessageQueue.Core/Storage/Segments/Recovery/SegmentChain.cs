using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments.Recovery;

/// <summary>The segments read so far, and the check that the next one belongs after them.</summary>
/// <param name="paths">The paths of the log.</param>
/// <param name="storeId">The store to which they must belong.</param>
/// <param name="dropped">The holes that are allowed.</param>
internal sealed class SegmentChain(StorePaths paths, Guid storeId, RangeSet dropped)
{
    private readonly List<Segment> _segments = [];
    private long _first = 1;

    public IReadOnlyList<Segment> Segments => _segments;

    /// <summary>The sequence after the last record read so far.</summary>
    public long NextSequence => _segments.Count == 0 ? _first : _segments[^1].LastSequence + 1;

    public void Add(Segment segment) => _segments.Add(segment);

    /// <summary>Returns the same chain with other holes.</summary>
    public SegmentChain With(RangeSet holes)
    {
        var chain = new SegmentChain(paths, storeId, holes) { _first = _first };
        chain._segments.AddRange(_segments);
        return chain;
    }

    /// <summary>
    /// Returns a new chain that starts after an unreadable part, with the segment of this name, whatever segment was before it.
    /// </summary>
    public SegmentChain Behind(long? name) => new(paths, storeId, dropped) { _first = name ?? NextSequence };

    /// <summary>Reads and checks the header of a segment.</summary>
    /// <exception cref="LogDamagedException">The header is bad or belongs to another place.</exception>
    public SegmentHeader ReadHeader(long name, FileWindow window)
    {
        string path = paths.Segment(name);
        string? wrong;
        SegmentHeader header = default;
        try
        {
            wrong = window.Length < SegmentHeader.Bytes
                ? "the segment is shorter than its header"
                : SegmentHeader.TryDecode(window.Get(0, SegmentHeader.Bytes), out header);
        }
        catch (IOException exception)
        {
            throw DamageMessages.OfSegment(path, name, "the header cannot be read: " + exception.Message, exception);
        }

        wrong ??= CheckPlace(name, header);
        return wrong is null ? header : throw DamageMessages.OfSegment(path, name, wrong);
    }

    private string? CheckPlace(long name, in SegmentHeader header)
    {
        if (header.StoreId != storeId)
        {
            return $"the segment belongs to store {header.StoreId:D}, and this is store {storeId:D}";
        }

        if (header.FirstSequence != name)
        {
            return $"the header says that the segment begins with sequence {header.FirstSequence}";
        }

        if (name < NextSequence || !dropped.Covers(NextSequence, name - 1))
        {
            return $"sequences {NextSequence} to {name - 1} are missing before it";
        }

        // After a hole there is no segment to compare with.
        SegmentLink previous = _segments.Count == 0 ? default : SegmentLink.To(_segments[^1]);
        bool isBehindHole = name > NextSequence || (_segments.Count == 0 && name > 1);
        return isBehindHole || header.Previous == previous ? null : "the segment before it is not the one that it was written after";
    }
}
