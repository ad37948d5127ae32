using System.Diagnostics;

namespace MessageQueue.Diagnostics;

/// <summary>The source of all activities. It has the same name as the meter. Documented in docs/operating.md: keep in sync.</summary>
internal static class Telemetry
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "MessageQueue";

    /// <summary>The source.</summary>
    public static readonly ActivitySource Source = new(Name, typeof(Telemetry).Assembly.GetName().Version?.ToString(3));

    /// <summary>Starts the activity of a handler that runs for an event. It continues the trace of the event, if there is one.</summary>
    public static Activity? StartHandler(Session session, ReceivedEvent received)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        ActivityContext.TryParse(received.Trace, null, isRemote: true, out ActivityContext sender);
        Activity? activity = Source.StartActivity("messagequeue.handle", ActivityKind.Consumer, sender);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("messaging.system", "messagequeue");
            activity.SetTag("messaging.destination.name", session.Namespace.Name);
            activity.SetTag("messagequeue.event", received.Name);
            if (received.Number != 0)
            {
                activity.SetTag("messaging.message.id", received.Number);
            }
        }

        return activity;
    }

    /// <summary>Starts the activity of the server emitting an event.</summary>
    public static Activity? StartEmit(string ns, string eventName)
    {
        Activity? activity = Source.StartActivity("messagequeue.emit", ActivityKind.Producer);
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("messaging.system", "messagequeue");
            activity.SetTag("messaging.destination.name", ns);
            activity.SetTag("messagequeue.event", eventName);
        }

        return activity;
    }

    /// <summary>
    /// Returns the trace of an event that the server emits, as <c>traceparent</c>: that of the emit's activity, or of the activity around
    /// it. If nobody listens to <see cref="Source"/>, the event belongs to the trace of the event that is being handled.
    /// </summary>
    /// <param name="emit">What <see cref="StartEmit"/> returned.</param>
    /// <param name="handled">The trace of the event that is being handled; null for none.</param>
    public static string? TraceOf(Activity? emit, string? handled)
    {
        // ASP.NET Core has an activity around each request even where nobody traces. It is not recorded, and nobody would find it.
        bool isTraced = Source.HasListeners() || (handled is null && Activity.Current is { Recorded: true });
        Activity? current = emit ?? (isTraced ? Activity.Current : null);
        return current is { IdFormat: ActivityIdFormat.W3C } ? current.Id : handled;
    }
}
