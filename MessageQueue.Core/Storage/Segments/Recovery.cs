namespace MessageQueue.Storage.Segments;

/// <summary>Reads the whole log once, in order, and changes nothing.</summary>
internal sealed class Recovery(IFileSystem files, StorePaths paths, StoreFile? store)
{
    private readonly List<Segment> _segments = [];
    private long _lastTime;

    /// <exception cref="LogDamagedException">Synced data cannot be read.</exception>
    public RecoveredLog Run(Action<LogRecord> apply)
    {
        long[] names = FindSegments();
        if (store is null)
        {
            RefuseSegmentsWithoutStore(names);
            return RecoveredLog.Empty;
        }

        if (names.Length == 0)
        {
            throw Damage.OfFile(paths.Segments, "it holds no segment, and a store always has one");
        }

        for (int i = 0; i < names.Length - 1; i++)
        {
            ReplaySealed(names[i], names[i + 1], apply);
        }

        return ReplayLast(names[^1], apply);
    }

    private long[] FindSegments()
    {
        if (!files.DirectoryExists(paths.Segments))
        {
            return [];
        }

        long[] names = [.. files.ListFiles(paths.Segments).Select(StorePaths.ParseSegment).OfType<long>()];
        Array.Sort(names);
        return names;
    }

    /// <summary>The creation of a store stops short of STORE with at most one segment, which has nothing but its header.</summary>
    private void RefuseSegmentsWithoutStore(long[] names)
    {
        foreach (long name in names)
        {
            using IFileHandle file = files.Open(paths.Segment(name), writable: false);
            if (name != 1 || file.Length > SegmentHeader.Bytes)
            {
                throw Damage.OfFile(paths.Store, $"it is missing, and there are segments ('{paths.Segment(name)}')");
            }
        }
    }

    private void ReplaySealed(long name, long nextName, Action<LogRecord> apply)
    {
        using IFileHandle file = files.Open(paths.Segment(name), writable: false);
        using var window = new FileWindow(file);
        (Segment segment, SegmentReplay replay) = Replay(name, window, apply);

        SealedEnd.Check(segment, replay, file, window, nextName);
        _segments.Add(segment);
    }

    private RecoveredLog ReplayLast(long name, Action<LogRecord> apply)
    {
        using IFileHandle file = files.Open(paths.Segment(name), writable: false);
        using var window = new FileWindow(file);
        (Segment segment, SegmentReplay replay) = Replay(name, window, apply);
        bool isTorn = TornTail.Check(segment, replay, file, window);
        if (!segment.IsEmpty)
        {
            _segments.Add(segment);
        }

        // Without a batch of its own it was started after a sync of the one before, and a new one takes its place and name.
        return new RecoveredLog(_segments, replay.LastBatchOffset, _lastTime, RewriteLastBatch: !segment.IsEmpty, isTorn);
    }

    private (Segment Segment, SegmentReplay Replay) Replay(long name, FileWindow window, Action<LogRecord> apply)
    {
        var segment = new Segment(paths.Segment(name), ReadHeader(name, window));
        var replay = new SegmentReplay(segment, window);
        replay.Run(apply);
        _lastTime = segment.IsEmpty ? _lastTime : replay.LastTime;
        return (segment, replay);
    }

    private SegmentHeader ReadHeader(long name, FileWindow window)
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
            throw Damage.OfSegment(path, name, "the header cannot be read: " + exception.Message, exception);
        }

        wrong ??= CheckPlace(name, header);
        return wrong is null ? header : throw Damage.OfSegment(path, name, wrong);
    }

    private string? CheckPlace(long name, in SegmentHeader header)
    {
        Segment? previous = _segments.Count == 0 ? null : _segments[^1];
        if (header.StoreId != store!.Value.Id)
        {
            return $"the segment belongs to store {header.StoreId:D}, and this is store {store.Value.Id:D}";
        }

        if (header.FirstSequence != name)
        {
            return $"the header says that the segment begins with sequence {header.FirstSequence}";
        }

        long expected = (previous?.LastSequence ?? 0) + 1;
        if (header.FirstSequence != expected)
        {
            return $"sequences {expected} to {header.FirstSequence - 1} are missing before it";
        }

        bool linked = header.PreviousFirstSequence == (previous?.FirstSequence ?? 0) && header.PreviousCrc == (previous?.LastCrc ?? 0);
        return linked ? null : "the segment before it is not the one that it was written after";
    }
}
