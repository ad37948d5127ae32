using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments.Recovery;
using MessageQueue.Storage.Snapshots;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// Copies the log of a running or a stopped server, as of one moment, into an empty directory that a server can start on. Takes no lock
/// and changes nothing.
/// </summary>
/// <remarks>
/// <para>Segments that are sealed and snapshots never change, and what is open stays readable when its name is gone; the last segment is
/// copied up to its last whole batch. So it is enough to open the right ones: first all segments, then the snapshots, then the segments
/// that were begun meanwhile.</para>
/// <para>A segment that is dropped under its hands is passed over: the server deletes only what the newest snapshot lists. What was deleted
/// before the snapshots were opened, the newest of them lists therefore; and if it still is the newest in the end, nothing else was
/// deleted. If not, the snapshots are opened again. The segments stay open all the while, so that this takes no longer than to open a few
/// files.</para>
/// </remarks>
internal sealed class LogBackup(IFileSystem files, StorePaths source, CopyTarget target, Func<Stream, SnapshotHoles> decode, IProgress<(long Done, long Total)>? progress)
{
    // A server makes a snapshot every few seconds at most, an attempt takes less than a millisecond; this only has to end some time.
    private const int Attempts = 200;

    /// <returns>The last sequence in the copy.</returns>
    /// <exception cref="LogDamagedException">The log is damaged. The copy is not complete, and has no STORE.</exception>
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
                    throw new IOException($"'{source.Root}' changed whenever it was looked at; try again");
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

        // A listing may leave out a name that is made while it runs, and have a later one.
        open.OpenSegments(open.Segments.Keys.LastOrDefault());
        long newest = SnapshotFile.List(files, source).FirstOrDefault();
        return open.Snapshots.Keys.FirstOrDefault() == newest;
    }

    /// <summary>Returns what the newest snapshot lists. All are read: a backup with an unreadable snapshot is refused.</summary>
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

    /// <summary>The last segment is being written to: what looks like damage in it may have been a batch that was half written.</summary>
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
