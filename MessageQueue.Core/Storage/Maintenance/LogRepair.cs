using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Segments.Recovery;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// Copies the good records of a log to an empty directory on which a server can start, and cuts out the damaged ones. What cannot be read
/// is lost and reported. The log itself is not changed. No server may run on it: the lock is taken. At the end of the log, acknowledged
/// events may be lost and their numbers used again, so the result is marked as a copy like any other.
/// </summary>
internal sealed class LogRepair(
    IFileSystem files, StorePaths source, CopyTarget target, Func<Stream, SnapshotHoles> decode,
    IProgress<(long Done, long Total)>? progress)
{
    private readonly List<string> _losses = [];
    private SegmentLink _link;
    private long _next = 1;

    // After the first loss, the result cannot be assumed to be the same as the log.
    private long _intactUpTo = long.MaxValue;

    /// <returns>The losses, one line each.</returns>
    /// <exception cref="LogLockedException">A server is running on the log.</exception>
    public IReadOnlyList<string> Run()
    {
        if (!files.DirectoryExists(source.Segments))
        {
            throw new ArgumentException($"'{source.Root}' is not a data directory: it has no log");
        }

        using IDisposable held = files.Lock(source.Lock, $"process {Environment.ProcessId}");
        StoreFile store = ReadStore();
        target.Prepare();
        KnownSnapshots snapshots = KnownSnapshots.Read(files, source, store.Id, decode);
        _losses.AddRange(snapshots.Findings);
        CopySegments(store.Id, snapshots.GoneOfNewest);
        foreach (long sequence in snapshots.Readable.Where(sequence => sequence < _next))
        {
            using IFileHandle file = files.Open(source.Snapshot(sequence), writable: false);
            target.Copy(file, file.Length, target.Paths.Snapshot(sequence), []);
        }

        target.Complete(store, Math.Min(_intactUpTo, _next - 1));
        return _losses;
    }

    private void CopySegments(Guid storeId, RangeSet gone)
    {
        long[] names = SegmentNames.List(files, source);
        for (int i = 0; i < names.Length; i++)
        {
            long? next = i + 1 < names.Length ? names[i + 1] : null;
            if (next is { } end && gone.Covers(names[i], end - 1))
            {
                continue;
            }

            FillHoles(storeId, names[i], gone);
            CopySegment(storeId, names[i], next is { } following ? gone.EndBefore(names[i], following) : null, gone);
            progress?.Report((i + 1, names.Length));
        }
    }

    /// <summary>Marks sequences as lost that are in no segment and that no snapshot lists as dropped.</summary>
    private void FillHoles(Guid storeId, long name, RangeSet gone)
    {
        foreach (SequenceRange hole in gone.Without(_next, name - 1).ToList())
        {
            SkipTo(hole.First);
            var header = new SegmentHeader(storeId, hole.First, 0, SegmentHeader.NewSalt(), SyncedByBatch: true, _link);
            using var lost = new RepairedSegment(files.Create(target.Paths.Segment(hole.First)), header);
            lost.AddLost(hole.Last);
            Finish(lost, $"sequences {hole.First} to {hole.Last} are lost: they are in no file");
        }

        SkipTo(name);
    }

    /// <summary>Skips to a sequence. After a hole that stays, the link is not checked.</summary>
    private void SkipTo(long sequence)
    {
        _link = sequence > _next ? default : _link;
        _next = sequence;
    }

    private void CopySegment(Guid storeId, long name, long? lastSequence, RangeSet gone)
    {
        string path = source.Segment(name);
        using IFileHandle file = files.Open(path, writable: false);
        SegmentHeader? header = SegmentSalvage.TryReadHeader(file, storeId, name);
        try
        {
            // The segment before may have been rewritten, so the link is not checked here; the copy gets a correct one.
            SegmentChain chain = new SegmentChain(source, storeId, gone).Behind(name);
            Segment segment = SegmentInspection.Run(file, path, name, lastSequence, chain, long.MaxValue, static _ => { }).Segment;
            SegmentLink link = _link == default ? segment.Header.Previous : _link;
            target.Copy(file, segment.End, target.Paths.Segment(name), (segment.Header with { Previous = link }).Encode());
            _link = segment.IsEmpty ? _link : SegmentLink.To(segment);
            _next = segment.LastSequence + 1;
        }
        catch (LogDamagedException)
        {
            var fallback = new SegmentHeader(storeId, name, 0, SegmentHeader.NewSalt(), SyncedByBatch: true, default);
            Salvage(file, path, header ?? fallback, lastSequence);
        }
    }

    private void Salvage(IFileHandle file, string path, SegmentHeader header, long? lastSequence)
    {
        var rewritten = header with { Previous = _link == default ? header.Previous : _link };
        using var repaired = new RepairedSegment(files.Create(target.Paths.Segment(header.FirstSequence)), rewritten);
        SegmentSalvage.Run(file, header.Salt, lastSequence ?? long.MaxValue, repaired);
        repaired.AddLost(lastSequence ?? 0);
        Finish(repaired, $"'{path}' is damaged; lost of it: {Describe(repaired.Lost)}");
    }

    private static string Describe(IReadOnlyList<SequenceRange> lost)
    {
        const int Most = 20;
        IEnumerable<string> ranges = lost.Take(Most)
            .Select(range => range.First == range.Last ? $"sequence {range.First}" : $"sequences {range.First} to {range.Last}");
        return lost.Count switch
        {
            0 => "no whole record",
            <= Most => string.Join(", ", ranges),
            _ => $"{string.Join(", ", ranges)}, and {lost.Count - Most} more ranges up to sequence {lost[^1].Last}",
        };
    }

    private void Finish(RepairedSegment segment, string loss)
    {
        segment.Complete();
        _losses.Add(loss);
        _intactUpTo = segment.Lost is [var first, ..] ? Math.Min(_intactUpTo, first.First - 1) : _intactUpTo;
        if (segment.NextSequence > segment.Link.FirstSequence)
        {
            _link = segment.Link;
        }

        _next = segment.NextSequence;
    }

    /// <summary>
    /// Reads STORE, or makes a new one if it is missing or damaged. The store's id is also in every segment; the id by which clients know
    /// the log is not.
    /// </summary>
    private StoreFile ReadStore()
    {
        try
        {
            if (StoreFile.TryRead(files, source) is { } store)
            {
                return store;
            }

            _losses.Add($"'{source.Store}' was missing");
        }
        catch (LogDamagedException exception)
        {
            _losses.Add(exception.Message);
        }

        foreach (long name in SegmentNames.List(files, source))
        {
            using IFileHandle file = files.Open(source.Segment(name), writable: false);
            byte[] block = new byte[SegmentHeader.Bytes];
            if (SegmentHeader.TryDecode(block.AsSpan(0, file.Read(block, 0)), out SegmentHeader header) is null)
            {
                return new StoreFile(header.StoreId, header.Created) { Log = LogIdentity.Unknown };
            }
        }

        throw new LogDamagedException(
            $"'{source.Root}' has neither a STORE nor a segment with a header that can be read. Nothing of it can be repaired.");
    }
}
