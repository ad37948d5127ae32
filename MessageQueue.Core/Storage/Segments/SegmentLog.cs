using MessageQueue.Diagnostics;
using MessageQueue.Storage.Files;
using MessageQueue.Storage.Segments.Recovery;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Segments;

/// <summary>
/// The log in files: segments in a directory that belongs to one process. docs/log-format.md describes the format and its rules.
/// </summary>
internal sealed class SegmentLog : IEventLog, ILogSpace, ICheckedLog
{
    /// <summary>
    /// The smallest segment: a header and as many bytes again. Such small ones are only for tests; the smallest value of the option is 1
    /// MiB.
    /// </summary>
    public const int MinSegmentBytes = 2 * SegmentHeader.Bytes;

    /// <summary>The largest segment. It is far below the size at which offsets would need more than 32 bits.</summary>
    public const int MaxSegmentBytes = 1 << 30;

    private const int MaxBatchBytes = 1 << 30;

    private readonly IFileSystem _files;
    private readonly StorePaths _paths;
    private readonly Durability _durability;
    private readonly ILogger _logger;
    private readonly IDisposable _lock;
    private readonly StoreFile? _store;
    private readonly FirstFailure _failure;
    private readonly BackgroundWork _background;
    private readonly SegmentStarter _starter;
    private readonly LogSpace _room;
    private readonly SegmentPreparer _preparer;
    private readonly SegmentReader _reader;
    private readonly SegmentAppender _appender;
    private readonly SegmentList _segments = new();
    private readonly SegmentRemoval _removal;
    private readonly int _segmentBytes;
    private readonly TimeProvider _time;

    private bool _recoverCalled;
    private bool _disposed;

    private SegmentLog(
        StorePaths paths, int segmentBytes, Durability durability, IFileSystem files, TimeProvider time, ILogger logger,
        Action<Action> background, long reserveBytes, IDisposable heldLock, StoreFile? store)
    {
        _paths = paths;
        _segmentBytes = segmentBytes;
        _durability = durability;
        _files = files;
        _time = time;
        _logger = logger;
        _lock = heldLock;
        _store = store;
        StoreId = store?.Id ?? Guid.NewGuid();
        Identity = store?.Log ?? new LogIdentity(StoreId, []);
        _failure = new FirstFailure(paths.Root, logger);
        _background = new BackgroundWork(background);
        _starter = new SegmentStarter(files, paths, StoreId, segmentBytes, durability, time);
        _room = new LogSpace(paths.Root, logger);
        var reserve = new DiskReserve(files, paths.Reserve, reserveBytes, logger);
        var space = new SegmentSpace(files, paths.NextSegment, segmentBytes, reserve, _room);
        _preparer = new SegmentPreparer(files, paths.NextSegment, segmentBytes, space, _room, _background, time, logger);
        _reader = new SegmentReader(files, OnDamaged);
        _removal = new SegmentRemoval(files, paths, logger);
        _appender = new SegmentAppender(_segments, _starter, _preparer, _background, _failure, durability);
    }

    public event Action? Changed
    {
        add => _room.Changed += value;
        remove => _room.Changed -= value;
    }

    public Guid StoreId { get; }

    public LogIdentity Identity { get; private set; }

    public long LastSequence => _appender.LastSequence;

    /// <summary>
    /// Half a segment. A client's message is at most a quarter of a segment, so that large records waste little at its end. The other
    /// quarter is for what the server adds to a record: events that are not acknowledged yet, and rooms that came in other ways.
    /// </summary>
    public int MaxPayloadBytes => _segmentBytes / 2;

    public IReadOnlyList<LogExtent> SealedExtents => _segments.Sealed;

    public bool HasRoom => _room.HasRoom;

    public int DamagedExtents => _segments.All.Count(static segment => segment.IsDamaged);

    public long FreeBytes => _files.FreeBytes(_paths.Root);

    /// <summary>Locks the directory, which is created if it is missing. Nothing else is changed before <see cref="Recover"/>.</summary>
    /// <param name="directory">The data directory.</param>
    /// <param name="segmentBytes">The size of new segments; existing ones keep their size.</param>
    /// <param name="durability"><see cref="Durability.Fsync"/> or <see cref="Durability.Os"/>.</param>
    /// <param name="files">The file system.</param>
    /// <param name="time">The clock, for the times at which segments and the store are created.</param>
    /// <param name="logger">Receives the log entries.</param>
    /// <param name="background">
    /// Runs background work; null for the thread pool. Tests run it at once, to get a fixed order of operations.
    /// </param>
    /// <param name="reserveBytes">How much space to reserve for when the disk is full; 0 for none.</param>
    /// <exception cref="LogLockedException">Another process, or another log of this one, holds the directory.</exception>
    /// <exception cref="LogDamagedException">The store's own file cannot be read.</exception>
    /// <exception cref="LogFailedException">The directory or the lock cannot be created.</exception>
    /// <exception cref="DiskFullException">There is no store yet, and too little space for a new one.</exception>
    public static SegmentLog Open(
        string directory, int segmentBytes, Durability durability, IFileSystem files, TimeProvider time, ILogger logger,
        Action<Action>? background = null, long reserveBytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(segmentBytes, MinSegmentBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(segmentBytes, MaxSegmentBytes);
        if (durability is not (Durability.Fsync or Durability.Os))
        {
            throw new ArgumentOutOfRangeException(nameof(durability), durability, "The durability of a log in files must be Fsync or Os.");
        }

        var paths = new StorePaths(directory);
        IDisposable heldLock = TakeLock(paths, files);
        try
        {
            StoreFile? store = StoreFile.TryRead(files, paths);
            new DiskNeeds(files, paths, segmentBytes, reserveBytes, logger).Check(isNew: store is null);
            return new SegmentLog(
                paths, segmentBytes, durability, files, time, logger, background ?? BackgroundWork.OnThreadPool, reserveBytes, heldLock,
                store);
        }
        catch
        {
            heldLock.Dispose();
            throw;
        }
    }

    public void Recover(
        long after, IReadOnlyList<SequenceRange> dropped, Action<LogRecord> apply, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_recoverCalled)
        {
            throw new InvalidOperationException("The log has been recovered before.");
        }

        _recoverCalled = true;
        RecoveredLog recovered = new LogRecovery(_files, _paths, _store, after, new RangeSet(dropped), cancellationToken).Run(apply);
        SegmentWriter writer;
        try
        {
            StoreFile store = Started(recovered.LastSequence);
            writer = new RecoveryWrites(_files, _paths, _starter, _preparer, _logger).Run(recovered, _store, store);
            Identity = store.Log;
        }
        catch (Exception exception)
        {
            throw _failure.Set("recovery", exception);
        }

        _removal.Run(recovered.Leftovers);
        _segments.Add([.. recovered.Segments, writer.Segment]);
        _appender.Start(writer, recovered.LastSequence);
        StorageLog.Recovered(_logger, _paths.Root, _segments.All.Length, LastSequence);
        _preparer.Begin();
    }

    public void Replay(long after, long upTo, Action<LogRecord> apply) => _reader.Replay(_segments.All, after, upTo, apply);

    public long MakeDurable()
    {
        long sequence = LastSequence;
        if (_durability == Durability.Os)
        {
            // Read after the sequence: a record that is not in this last segment is in an earlier one, which was synced before this one was
            // started.
            using IFileHandle file = _files.Open(_segments.All[^1].Path, writable: true);
            file.Sync();
        }

        return sequence;
    }

    public void Drop(IReadOnlyList<long> firstSequences)
    {
        _removal.Run([.. _segments.Remove(firstSequences).Select(segment => segment.Path)]);
        if (!HasRoom)
        {
            _preparer.Retry();
        }
    }

    public long Append(ReadOnlySpan<LogEntry> batch, long time)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _failure.ThrowIfSet();
        if (!_appender.IsStarted)
        {
            throw new InvalidOperationException("The log has not been recovered.");
        }

        BatchRules.Check(batch, MaxPayloadBytes);
        int bytes = RecordCodec.SizeOf(batch, MaxBatchBytes);
        return _appender.Append(batch, time, bytes);
    }

    public void Settle()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _failure.ThrowIfSet();
        if (HasRoom)
        {
            _appender.Settle();
        }
    }

    public int Read(ReadOnlySpan<long> sequences, Span<LogRecord> records, int maxBytes, out int consumed)
    {
        var request = new ReadRequest(sequences, records, maxBytes);
        _reader.Read(_segments.All, ref request);
        consumed = request.Consumed;
        return request.Count;
    }

    public IEnumerable<int> Check(long firstSequence)
    {
        Segment? segment = _segments.All.SkipLast(1).FirstOrDefault(segment => segment.FirstSequence == firstSequence);
        return segment is null ? [] : CheckSegment(segment);
    }

    public bool IsLost(long sequence) => _reader.IsLost(_segments.All, sequence);

    /// <summary>
    /// Marks a clean close and unlocks the directory. The mark lets the next start distinguish damage at the end from a torn write.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _preparer.Dispose();
        _background.WaitUntilIdle();
        _appender.Close();
        _appender.Dispose();
        _lock.Dispose();
    }

    private IEnumerable<int> CheckSegment(Segment segment)
    {
        using IEnumerator<int> pieces = SegmentScrub.Run(_files, segment).GetEnumerator();
        while (TryNext())
        {
            yield return pieces.Current;
        }

        segment.MarkSound();

        bool TryNext()
        {
            try
            {
                return pieces.MoveNext();
            }
            catch (LogDamagedException exception)
            {
                OnDamaged(segment, exception);
                throw;
            }
        }
    }

    private void OnDamaged(Segment segment, LogDamagedException exception)
    {
        if (segment.TryMarkDamaged())
        {
            StorageLog.Damaged(_logger, exception.Message);
        }
    }

    private static IDisposable TakeLock(StorePaths paths, IFileSystem files)
    {
        try
        {
            StoreDirectory.Ensure(files, paths.Root);
            return files.Lock(paths.Lock, $"process {Environment.ProcessId}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LogFailedException($"The data directory '{paths.Root}' cannot be used: {exception.Message}", exception);
        }
    }

    private StoreFile Started(long lastSequence) => _store switch
    {
        null => new StoreFile(StoreId, _time.GetUtcNow().ToUnixTimeMilliseconds()),
        { IsCopy: true } copy => copy.Started(Guid.NewGuid(), lastSequence),
        { } store => store,
    };
}
