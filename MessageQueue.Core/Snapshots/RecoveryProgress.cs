using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Snapshots;

/// <summary>Logs the progress of a start from time to time, if the start takes long.</summary>
internal sealed class RecoveryProgress(TimeProvider timeProvider, ILogger logger)
{
    // Reading the clock costs more than folding a record.
    private const int LookEvery = 4096;
    private static readonly TimeSpan SaidEvery = TimeSpan.FromSeconds(5);

    private readonly long _started = timeProvider.GetTimestamp();
    private long _said = timeProvider.GetTimestamp();
    private long _records;

    /// <summary>Counts a record that was read.</summary>
    public void Read(long sequence)
    {
        if (++_records % LookEvery == 0 && timeProvider.GetElapsedTime(_said) >= SaidEvery)
        {
            _said = timeProvider.GetTimestamp();
            RetentionLog.Recovering(logger, _records, sequence, (long)timeProvider.GetElapsedTime(_started).TotalSeconds);
        }
    }
}
