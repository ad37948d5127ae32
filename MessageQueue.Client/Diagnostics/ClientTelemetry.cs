using System.Diagnostics;
using System.Diagnostics.Metrics;
using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Diagnostics;

/// <summary>
/// The traces and metrics of clients, with the names of OpenTelemetry's messaging conventions. Documented in docs/clients.md: keep in sync.
/// </summary>
internal static class ClientTelemetry
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "MessageQueue.Client";

    private const string System = "messagequeue";

    private static readonly string? Version = typeof(ClientTelemetry).Assembly.GetName().Version?.ToString(3);
    private static readonly ActivitySource Source = new(Name, Version);
    private static readonly Meter Meter = new(Name, Version);

    private static readonly InstrumentAdvice<double> Seconds =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] };

    private static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Events that were emitted.");

    private static readonly Counter<long> Consumed = Meter.CreateCounter<long>(
        "messaging.client.consumed.messages", "{message}", "Events that were given to handlers and readers.");

    private static readonly Histogram<double> OperationDuration = Meter.CreateHistogram(
        "messaging.client.operation.duration", "s", "Time from an emit to the answer of the server.", tags: null, Seconds);

    private static readonly Histogram<double> ProcessDuration = Meter.CreateHistogram(
        "messaging.process.duration", "s", "Time that handlers took for an event.", tags: null, Seconds);

    /// <summary>Starts to measure an emit.</summary>
    public static ProcessActivity StartSend(MessageQueueClientOptions options, string eventName)
    {
        Activity? activity = Start("send", eventName, ActivityKind.Producer, default, Destination(options));
        return new ProcessActivity(activity, (time, error) =>
        {
            TagList tags = Tags("send", options, error);
            Sent.Add(1, tags);
            OperationDuration.Record(time.TotalSeconds, tags);
        });
    }

    /// <summary>Starts to measure the handlers of an event. Its parent is the trace of the sender, if that is known.</summary>
    public static ProcessActivity StartProcess(MessageQueueClientOptions options, ServerMessage message)
    {
        ActivityContext.TryParse(message.Trace, null, isRemote: true, out ActivityContext parent);
        Activity? activity = Start("process", message.Event!, ActivityKind.Consumer, parent, Destination(options));
        activity?.SetTag("messaging.message.id", message.Id);
        return new ProcessActivity(activity, (time, error) =>
        {
            TagList tags = Tags("process", options, error);
            Consumed.Add(1, tags);
            ProcessDuration.Record(time.TotalSeconds, tags);
        });
    }

    /// <summary>Counts an event that a reader took.</summary>
    public static void CountReceived(MessageQueueClientOptions options) => Consumed.Add(1, Tags("receive", options, null));

    private static Activity? Start(string operation, string eventName, ActivityKind kind, ActivityContext parent, string destination)
    {
        Activity? activity = Source.StartActivity(kind, parent, name: $"{operation} {eventName}");
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("messaging.system", System);
            activity.SetTag("messaging.operation.name", operation);
            activity.SetTag("messaging.operation.type", operation);
            activity.SetTag("messaging.destination.name", destination);
            activity.SetTag("messagequeue.event", eventName);
        }

        return activity;
    }

    private static TagList Tags(string operation, MessageQueueClientOptions options, string? error)
    {
        TagList tags = new()
        {
            { "messaging.system", System },
            { "messaging.operation.name", operation },
            { "messaging.destination.name", Destination(options) },
        };
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        return tags;
    }

    private static string Destination(MessageQueueClientOptions options) => options.Namespace;
}
