using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using System.Globalization;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Embedding;

/// <summary>Watches a meter as dotnet-counters does: with the runtime's own event source.</summary>
internal sealed class CounterSession : EventListener
{
    private const EventKeywords TimeSeriesValues = (EventKeywords)2;

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _seen = [];
    private readonly Dictionary<string, string?> _arguments;

    public CounterSession(string meter, TimeSpan interval)
    {
        _arguments = new Dictionary<string, string?>
        {
            ["SessionId"] = "SHARED",
            ["ClientId"] = Guid.NewGuid().ToString(),
            ["Metrics"] = meter,
            ["RefreshInterval"] = interval.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ["MaxTimeSeries"] = "1000",
            ["MaxHistograms"] = "20",
        };
        EventSource source = EventSource.GetSources().Single(source => source.Name == "System.Diagnostics.Metrics");
        EnableEvents(source, EventLevel.Informational, TimeSeriesValues, _arguments);
    }

    /// <summary>Waits for a value of this instrument.</summary>
    public Task SawAsync(string instrument) => Of(instrument).Task.OrTimeout();

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // In published values the name of the instrument is in the fourth place, after the session and the meter.
        if (eventData.EventName?.EndsWith("ValuePublished", StringComparison.Ordinal) == true
            && eventData.Payload is [_, "MessageQueue", _, string instrument, ..])
        {
            Of(instrument).TrySetResult();
        }
    }

    private TaskCompletionSource Of(string instrument) =>
        _seen.GetOrAdd(instrument, static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
