using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments;
using MessageQueue.Storage.Segments.Recovery;
using MessageQueue.Storage.Snapshots;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// Reads a whole log and finds all errors in it; an error does not end the search. Changes nothing and takes no lock. Beside a running
/// server it sees the log as of some moment during the run.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="paths">The directory.</param>
/// <param name="decode">Reads a snapshot.</param>
/// <param name="progress">Receives how many bytes were read, and of how many.</param>
internal sealed class LogVerifier(
    IFileSystem files, StorePaths paths, Func<Stream, SnapshotHoles> decode, IProgress<(long Done, long Total)>? progress)
{
    // A change that a running server makes between two attempts is complete by the second or third attempt.
    private const int Attempts = 4;

    private readonly List<string> _findings = [];
    private long[] _names = [];
    private KnownSnapshots _snapshots = new(0, [], new RangeSet(), new RangeSet(), []);
    private SegmentChain _chain = null!;
    private Guid _storeId;
    private long _newest;

    /// <param name="after">Records after this sequence are passed on.</param>
    /// <param name="upTo">The last sequence to pass on.</param>
    /// <param name="apply">Receives each record.</param>
    public VerificationReport Run(long after, long upTo, Action<LogRecord> apply)
    {
        if (FindStore() is not { } store)
        {
            return new VerificationReport(_findings, 0, 0, 0, 0, IsTorn: false);
        }

        _storeId = store.Id;

        // Before the segments are listed: a later snapshot may need segments that are not read any more.
        long[] snapshots = SnapshotFile.List(files, paths);
        Look();
        _newest = _snapshots.Readable.FirstOrDefault(snapshots.Contains);
        _findings.AddRange(_snapshots.Findings);
        _chain = new SegmentChain(paths, _storeId, _snapshots.Gone);
        return WalkSegments(after, upTo, apply) with { IsCopy = store.IsCopy };
    }

    private StoreFile? FindStore()
    {
        try
        {
            StoreFile? store = StoreFile.TryRead(files, paths);
            if (store is null)
            {
                _findings.Add($"'{paths.Root}' is not a data directory: it has no STORE");
            }

            return store;
        }
        catch (LogDamagedException exception)
        {
            _findings.Add(exception.Message);
            return null;
        }
    }

    private void Look()
    {
        // The names first: the snapshots, which are read later, list every segment that was already dropped.
        _names = SegmentNames.List(files, paths);
        _snapshots = KnownSnapshots.Read(files, paths, _storeId, decode);
    }

    private VerificationReport WalkSegments(long after, long upTo, Action<LogRecord> apply)
    {
        long total = _names.Sum(FileBytes);
        long done = 0;
        long records = 0;
        long last = 0;
        int segments = 0;
        bool isTorn = false;

        // By name and not by index, because the names are listed again when something seems wrong. And only up to the last segment of now,
        // because following an active writer would never end.
        long end = _names.Length == 0 ? 0 : Math.Min(upTo, _names[^1]);
        for (long? next = NextOf(0); next <= end; next = NextOf(next.Value))
        {
            long name = next.Value;
            if (Inspect(name, after, record => Count(record)) is { } inspection)
            {
                segments++;
                isTorn = inspection.IsTorn;
                last = Math.Max(last, inspection.Segment.LastSequence);
                done += inspection.FileBytes;
                progress?.Report((done, Math.Max(done, total)));
            }
        }

        if (upTo == long.MaxValue && _findings.Count == 0 && last < _newest && !WasDropped(last + 1, _newest))
        {
            LogDamagedException missing = DamageMessages.OfMissing(
                paths.Segments, last + 1, _newest, "the log ends before them, and a snapshot was made after them");
            _findings.Add(missing.Message);
        }

        return new VerificationReport(_findings, segments, records, last, _snapshots.Readable.Count, isTorn);

        void Count(in LogRecord record)
        {
            if (record.Sequence <= upTo)
            {
                records++;
                apply(record);
            }
        }
    }

    /// <summary>
    /// Returns whether a running server filled the segment that was its last one, and dropped it, before this walk reached it.
    /// </summary>
    private bool WasDropped(long first, long last)
    {
        Look();
        return _snapshots.Gone.Covers(first, last);
    }

    /// <summary>Inspects a segment; returns null if it is damaged or a running server has dropped it.</summary>
    private SegmentInspection? Inspect(long name, long after, Action<LogRecord> apply)
    {
        long handedOn = after;
        string? finding = null;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                return TryInspect(name, handedOn, record =>
                {
                    handedOn = record.Sequence;
                    apply(record);
                });
            }
            catch (LogDamagedException exception) when (files.FileExists(paths.Segment(name)))
            {
                if (exception.Message == finding)
                {
                    break;
                }

                // Try again: a batch may have been half written, or the segment sealed or dropped, and then the result changes.
                finding = exception.Message;
                Look();
                _chain = _chain.With(_snapshots.Gone);
            }
            catch (Exception exception) when (exception is LogDamagedException or IOException && !files.FileExists(paths.Segment(name)))
            {
                return null;
            }
        }

        _findings.Add(finding!);
        _chain = _chain.Behind(NextOf(name));
        return null;
    }

    private SegmentInspection? TryInspect(long name, long after, Action<LogRecord> apply)
    {
        long? next = NextOf(name);
        if (next is { } end && _snapshots.Gone.Covers(name, end - 1))
        {
            return null;
        }

        using IFileHandle file = files.Open(paths.Segment(name), writable: false);
        long? lastSequence = next is { } following ? _snapshots.Gone.EndBefore(name, following) : null;
        SegmentInspection inspection = SegmentInspection.Run(file, paths.Segment(name), name, lastSequence, _chain, after, apply);
        if (!inspection.Segment.IsEmpty)
        {
            _chain.Add(inspection.Segment);
        }

        return inspection;
    }

    private long? NextOf(long name)
    {
        int index = Array.FindIndex(_names, other => other > name);
        return index < 0 ? null : _names[index];
    }

    private long FileBytes(long name)
    {
        try
        {
            using IFileHandle file = files.Open(paths.Segment(name), writable: false);
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
