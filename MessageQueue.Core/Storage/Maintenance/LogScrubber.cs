using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Storage.Maintenance;

/// <summary>
/// Checks the sealed extents of a log again and again, at a limited speed, so that damage is found before a session needs the damaged
/// events. It changes nothing: damage stays until an operator repairs it.
/// </summary>
internal sealed class LogScrubber : IAsyncDisposable
{
    private readonly IEventLog _log;
    private readonly ScrubLimits _limits;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _ended;
    private long _bytes;

    /// <summary>Starts the first round, if the log can be checked and checks are enabled.</summary>
    public LogScrubber(IEventLog log, ScrubLimits limits, TimeProvider timeProvider, ILogger logger)
    {
        _log = log;
        _limits = limits;
        _timeProvider = timeProvider;
        _logger = logger;
        _ended = log is ICheckedLog checkedLog && limits.Interval != Timeout.InfiniteTimeSpan
            ? Task.Run(() => RunAsync(checkedLog, _stopping.Token))
            : Task.CompletedTask;
    }

    /// <summary>How many bytes were checked since the start. Thread-safe.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Stops the current round.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task RunAsync(ICheckedLog log, CancellationToken cancellationToken)
    {
        while (true)
        {
            long started = _timeProvider.GetTimestamp();
            IReadOnlyList<LogExtent> extents = _log.SealedExtents;
            foreach (LogExtent extent in extents)
            {
                await CheckAsync(log, extent, cancellationToken).ConfigureAwait(false);
            }

            StorageLog.Scrubbed(_logger, extents.Count, log.DamagedExtents);
            TimeSpan rest = _limits.Interval - _timeProvider.GetElapsedTime(started);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CheckAsync(ICheckedLog log, LogExtent extent, CancellationToken cancellationToken)
    {
        try
        {
            foreach (int bytes in log.Check(extent.FirstSequence))
            {
                Interlocked.Add(ref _bytes, bytes);
                TimeSpan pause = TimeSpan.FromSeconds((double)bytes / _limits.BytesPerSecond);
                await Task.Delay(pause, _timeProvider, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (LogDamagedException)
        {
            // The log has reported it. The other extents are still checked.
        }
    }
}
