using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments.Recovery;
using MessageQueue.Storage.Snapshots;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// Copies the log of a running or stopped server, as of one moment, to an empty directory on which a server can start. Takes no lock and
/// changes nothing.
/// </summary>
/// <remarks>
/// <para>
/// Sealed segments and snapshots never change, and an open file stays readable when its name is deleted. The last segment is copied up to
/// its last whole batch. So it is enough to open the right files: first all segments, then the snapshots, then the segments that were
/// started meanwhile.
/// </para>
/// <para>
/// A segment that is dropped while this runs is skipped. The server deletes only what the newest snapshot lists, so everything that was
/// deleted before the snapshots were opened is listed by the newest of them. If that one is still the newest at the end, nothing else was
/// deleted. If not, the snapshots are opened again. The segments stay open all the time, so an attempt takes only as long as opening a few
/// files.
/// </para>
/// </remarks>
internal sealed class LogBackup(
    IFileSystem files, StorePaths source, CopyTarget target, Func<Stream, SnapshotHoles> decode,
    IProgress<(long Done, long Total)>? progress)
{
    // A server makes a snapshot every few seconds at most, and an attempt takes less than a millisecond. The limit only makes sure that the
    // loop ends.
    private const int Attempts = 200;

    /// <returns>The last sequence in the copy.</returns>
    /// <exception cref="LogDamagedException">The log is damaged. The copy is incomplete and has no STORE.</exception>
    public long Run()
    {
        StoreFile store = StoreFile.TryRead(files, source)
            ?? throw new ArgumentException($"'{source.Root}' is not a data directory: it has no STORE");
        target.Prepare();
        using OpenLogFiles open = OpenAll(store.Id);
        long last = CopySegments(store.Id, open);
        foreach ((long sequence, IFileHandle file) in open.Snapshots)
        {
            target.Copy(file, file.Length, target.Paths.Snapshot(sequence), []);
        }

        target.Complete(store, last);
        return last;
    }

    private OpenLogFiles OpenAll(Guid storeId)
    {
        var open = new OpenLogFiles(files, source);
        try
        {
            open.OpenSegments();
            for (int attempt = 1; !TryOpenRest(open); attempt++)
            {
                if (attempt == Attempts)
                {
                    throw new IOException($"'{source.Root}' changed during every attempt to copy it; try again");
                }
            }

            open.Gone = ReadGone(storeId, open);
            return open;
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    private bool TryOpenRest(OpenLogFiles open)
    {
        open.OpenSnapshots();
        open.OpenSegments();

        // A listing may miss a name that is created while it runs, and still contain a later one.
        open.OpenSegments(open.Segments.Keys.LastOrDefault());
        long newest = SnapshotFile.List(files, source).FirstOrDefault();
        return open.Snapshots.Keys.FirstOrDefault() == newest;
    }

    /// <summary>
    /// Returns the holes that the newest snapshot lists. Reads all snapshots, because a backup with an unreadable snapshot is refused.
    /// </summary>
    private RangeSet ReadGone(Guid storeId, OpenLogFiles open)
    {
        RangeSet? gone = null;
        foreach ((long sequence, IFileHandle file) in open.Snapshots)
        {
            using SnapshotContentReader content = SnapshotFile.Read(file, source.Snapshot(sequence), storeId, sequence);
            SnapshotHoles holes = decode(content);
            gone ??= new RangeSet(holes.Gone);
        }

        return gone ?? new RangeSet();
    }

    private long CopySegments(Guid storeId, OpenLogFiles open)
    {
        var chain = new SegmentChain(source, storeId, open.Gone);
        long total = open.Segments.Values.Sum(file => file.Length);
        long done = 0;
        long last = 0;
        foreach ((long name, IFileHandle file) in open.Segments)
        {
            long? next = open.Segments.Keys.Cast<long?>().FirstOrDefault(other => other > name);
            if (next is { } end && open.Gone.Covers(name, end - 1))
            {
                continue;
            }

            SegmentInspection inspection = Inspect(file, name, next is { } following ? open.Gone.EndBefore(name, following) : null, chain);
            target.Copy(file, inspection.Segment.End, target.Paths.Segment(name), []);
            if (!inspection.Segment.IsEmpty)
            {
                chain.Add(inspection.Segment);
            }

            last = inspection.Segment.LastSequence;
            done += inspection.FileBytes;
            progress?.Report((done, Math.Max(done, total)));
        }

        return last;
    }

    /// <summary>Inspects a segment. The last one is being written to, so apparent damage may be a batch that was half written.</summary>
    private SegmentInspection Inspect(IFileHandle file, long name, long? lastSequence, SegmentChain chain)
    {
        string? finding = null;
        while (true)
        {
            try
            {
                return SegmentInspection.Run(file, source.Segment(name), name, lastSequence, chain, long.MaxValue, static _ => { });
            }
            catch (LogDamagedException exception) when (lastSequence is null && exception.Message != finding)
            {
                finding = exception.Message;
            }
        }
    }
}
