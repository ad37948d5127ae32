using System.Diagnostics;

namespace MessageQueue.Diagnostics;

/// <summary>The source of all activities. It has the same name as the meter. Documented in docs/operating.md: keep in sync.</summary>
internal static class Telemetry
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "MessageQueue";

    /// <summary>The source.</summary>
    public static readonly ActivitySource Source = new(Name, typeof(Telemetry).Assembly.GetName().Version?.ToString(3));

    /// <summary>Starts the activity of a handler that runs for an event.</summary>
    public static Activity? StartHandler(Session session, ReceivedEvent received)
    {
        Activity? activity = Source.StartActivity("messagequeue.handle", ActivityKind.Consumer);
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
}
