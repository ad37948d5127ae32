using MessageQueue.Diagnostics;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Snapshots;

/// <summary>Says now and then how far a start has come, where it takes long enough to ask oneself.</summary>
internal sealed class RecoveryProgress(TimeProvider timeProvider, ILogger logger)
{
    // Asking for the time costs more than folding a record does.
    private const int LookEvery = 4096;
    private static readonly TimeSpan SaidEvery = TimeSpan.FromSeconds(5);

    private readonly long _started = timeProvider.GetTimestamp();
    private long _said = timeProvider.GetTimestamp();
    private long _records;

    /// <summary>A record was read.</summary>
    public void Read(long sequence)
    {
        if (++_records % LookEvery == 0 && timeProvider.GetElapsedTime(_said) >= SaidEvery)
        {
            _said = timeProvider.GetTimestamp();
            RetentionLog.Recovering(logger, _records, sequence, (long)timeProvider.GetElapsedTime(_started).TotalSeconds);
        }
    }
}
