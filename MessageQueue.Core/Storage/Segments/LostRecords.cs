using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Tells records that a repair put in the place of lost ones from all others.</summary>
internal sealed class LostRecords(IFileSystem files)
{
    public bool Has(ReadOnlySpan<Segment> segments, long sequence)
    {
        int index = SortedSearch.FindExtent(segments, sequence);
        if (index < 0 || sequence > segments[index].LastSequence)
        {
            return false;
        }

        Segment segment = segments[index];
        using IFileHandle? file = SegmentFile.TryOpen(files, segment);
        if (file is null)
        {
            return false;
        }

        (long first, long offset) = SegmentIndexer.Get(segment, file).Locate(sequence);
        using var window = new FileWindow(file);
        var walk = new SegmentWalk(segment, window, first, offset);
        while (walk.NextSequence <= sequence)
        {
            walk.MoveNext(out _);
        }

        return walk.Header.Type == RecordHeader.LostType;
    }
}
