using MessageQueue.Diagnostics;
using MessageQueue.Snapshots;
using MessageQueue.Storage;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Retention;

/// <summary>
/// Makes snapshots and trims the log when enough was written, the log is too large or too old, or the disk is full. It uses its own thread
/// of low priority and runs one pass at a time. A pass that fails is tried again later; the server goes on without it.
/// </summary>
internal sealed class SnapshotMaker : IAsyncDisposable
{
    // The pause after a failure, and, if the log is too large or too old, after a pass that could delete nothing.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // The same while the disk is full, because events are refused meanwhile. A pass runs only if the log has grown since the last one,
    // because otherwise only time can free anything. It rests longer than it works.
    private static readonly TimeSpan ShortInterval = TimeSpan.FromMilliseconds(250);
    private const int RestPerWork = 2;

    private readonly IEventLog _log;
    private readonly StateSnapshots _snapshots;
    private readonly RetentionPass _pass;
    private readonly RetentionLimits _limits;
    private readonly RetentionCounts _counts;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _timer;
    private List<TaskCompletionSource> _asked = [];
    private DateTimeOffset _retryAt;
    private DateTimeOffset _trimAt;
    private DateTimeOffset _relieveAt;
    private TimeSpan _relievePause = ShortInterval;

    public SnapshotMaker(
        IEventLog log, StateSnapshots snapshots, RetentionPass pass, RetentionLimits limits, RetentionCounts counts,
        TimeProvider timeProvider, ILogger logger)
    {
        _log = log;
        _snapshots = snapshots;
        _pass = pass;
        _limits = limits;
        _counts = counts;
        _timeProvider = timeProvider;
        _logger = logger;
        new Thread(Run) { IsBackground = true, Name = "MessageQueue snapshots", Priority = ThreadPriority.BelowNormal }.Start();
        _timer = timeProvider.CreateTimer(_ => Wake(), null, Interval, Interval);
        if (log is ILogSpace space)
        {
            space.Changed += OnSpaceChanged;
            if (IsShort)
            {
                OnSpaceChanged();
            }
        }
    }

    private bool IsShort => _log is ILogSpace { HasRoom: false };

    /// <summary>Requests a pass now; completes when it is over. Thread-safe.</summary>
    /// <exception cref="OperationCanceledException">The server is ending.</exception>
    public Task RunAsync()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _asked.Add(asked);
        }

        Wake();
        return asked.Task.WaitAsync(_stopping.Token);
    }

    /// <summary>Stops the pass under way, if there is one, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_log is ILogSpace space)
        {
            space.Changed -= OnSpaceChanged;
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        Wake();
        await _ended.Task.ConfigureAwait(false);
    }

    private void OnSpaceChanged()
    {
        TimeSpan interval = IsShort ? ShortInterval : Interval;
        _timer.Change(interval, interval);
        Wake();
    }

    private void Wake()
    {
        // One signal is enough.
        if (_wake.CurrentCount == 0)
        {
            _wake.Release();
        }
    }

    private void Run()
    {
        while (!_stopping.IsCancellationRequested)
        {
            _wake.Wait();
            List<TaskCompletionSource> asked;
            lock (_lock)
            {
                asked = _asked;
                _asked = [];
            }

            if (!_stopping.IsCancellationRequested && (asked.Count > 0 || IsDue()))
            {
                RunPass(asked);
            }
        }

        _ended.SetResult();
    }

    /// <summary>Returns whether a pass is due. Thread-safe.</summary>
    internal bool IsDue()
    {
        DateTimeOffset now = _timeProvider.GetUtcNow();
        IReadOnlyList<LogExtent> extents = _log.SealedExtents;
        if (IsShort)
        {
            return now >= _relieveAt && extents.Count > 0 && (_log.LastSequence > _snapshots.Covered || now >= _trimAt);
        }

        return now >= _retryAt
            && (extents.Where(extent => extent.LastSequence > _snapshots.Covered).Sum(extent => extent.Bytes) >= _limits.SnapshotBytes
                || (now >= _trimAt && new TrimPlanner(_limits).IsExceeded(extents, now.ToUnixTimeMilliseconds())));
    }

    private void RunPass(List<TaskCompletionSource> asked)
    {
        long started = _timeProvider.GetTimestamp();
        try
        {
            bool freed = _pass.Run(_stopping.Token);
            _trimAt = freed ? DateTimeOffset.MinValue : _timeProvider.GetUtcNow() + Pause;
            TimeSpan rest = _timeProvider.GetElapsedTime(started) * RestPerWork;
            _relievePause = ShortInterval;
            _relieveAt = _timeProvider.GetUtcNow() + (rest > ShortInterval ? rest : ShortInterval);
            asked.ForEach(static waiting => waiting.SetResult());
        }
        catch (OperationCanceledException exception)
        {
            asked.ForEach(waiting => waiting.TrySetCanceled(exception.CancellationToken));
        }
#pragma warning disable CA1031 // A snapshot that fails costs time and disk, and nothing else.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _counts.SnapshotFailures++;
            _relievePause = _relievePause * 2 < Pause ? _relievePause * 2 : Pause;
            _relieveAt = _timeProvider.GetUtcNow() + _relievePause;
            _retryAt = _timeProvider.GetUtcNow() + Pause;
            RetentionLog.SnapshotFailed(_logger, (IsShort ? _relievePause : Pause).TotalSeconds, exception);
            asked.ForEach(waiting => waiting.SetException(exception));
        }
    }
}
