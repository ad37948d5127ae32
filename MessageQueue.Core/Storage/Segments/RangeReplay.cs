using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>Reads a range of the log in order, in large windows. Beside the writer: of each segment no more than was durable when it came to it.</summary>
internal sealed class RangeReplay(IFileSystem files)
{
    public void Run(ReadOnlySpan<Segment> segments, long after, long upTo, Action<LogRecord> apply)
    {
        for (int i = Math.Max(SortedSearch.FindExtent(segments, after), 0); i < segments.Length; i++)
        {
            Segment segment = segments[i];
            long last = Math.Min(upTo, segment.LastSequence);
            if (last > after && last >= segment.FirstSequence)
            {
                RunSegment(segment, after, last, apply);
            }
        }
    }

    private void RunSegment(Segment segment, long after, long last, Action<LogRecord> apply)
    {
        using IFileHandle? file = SegmentFile.TryOpen(files, segment);
        if (file is null)
        {
            return;
        }

        using var window = new FileWindow(file);
        (long first, long offset) = segment.Index?.Locate(after + 1) ?? (segment.FirstSequence, SegmentHeader.Bytes);
        var walk = new SegmentWalk(segment, window, first, offset);
        while (walk.NextSequence <= last)
        {
            walk.MoveNext(out ReadOnlySpan<byte> record);
            if (walk.Header.Sequence > after && !walk.Header.IsOwn)
            {
                apply(RecordCodec.ToRecord(walk.Header, record));
            }
        }
    }
}
