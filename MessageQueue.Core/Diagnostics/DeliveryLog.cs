using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Logs for the broker. Event ids 300 to 399.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(300, LogLevel.Warning, "Event {Event} was delivered {Deliveries} times to session {Session} of {Namespace} and not acknowledged; it goes to room {Room}, with {Readers} readers.")]
    public static partial void PutAside(ILogger logger, long @event, int deliveries, string session, string @namespace, string room, int readers);

    [LoggerMessage(301, LogLevel.Error, "Event {Sequence} cannot be read and session {Session} is owed it: its connections are closed with 1011 until the log is repaired; everybody else goes on.")]
    public static partial void EventUnreadable(ILogger logger, long sequence, string session);

    [LoggerMessage(302, LogLevel.Warning, "Events up to {Sequence} that session {Session} is owed were lost when the log was repaired; it is told by a gap.")]
    public static partial void EventsLost(ILogger logger, long sequence, string session);
}
