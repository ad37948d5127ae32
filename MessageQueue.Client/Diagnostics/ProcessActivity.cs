using System.Diagnostics;

namespace MessageQueue.Client.Diagnostics;

/// <summary>Measures one event in its handlers, or one request to the server, from its creation to its disposal.</summary>
internal sealed class ProcessActivity(Activity? activity, Action<TimeSpan, string?> record) : IDisposable
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private string? _error;

    /// <summary>The trace that it belongs to, as <c>traceparent</c>; null for none.</summary>
    public string? Trace => activity is { IdFormat: ActivityIdFormat.W3C } ? activity.Id : null;

    /// <summary>Notes the number of the event that was stored.</summary>
    public void Stored(long? number) => activity?.SetTag("messaging.message.id", number);

    /// <summary>Notes that it failed.</summary>
    public void Failed(Exception exception)
    {
        _error = exception is MessageQueueClientException known ? known.Code : exception.GetType().FullName;
        activity?.SetTag("error.type", _error);
        activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
    }

    public void Dispose()
    {
        record(Stopwatch.GetElapsedTime(_start), _error);
        activity?.Dispose();
    }
}
