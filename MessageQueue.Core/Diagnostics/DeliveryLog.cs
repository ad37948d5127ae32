using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Log messages of the delivery. Event ids 300 to 399.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(
        300, LogLevel.Warning,
        "Event {Number} with reference '{Reference}' was delivered {Deliveries} times to session {Session} of {Namespace} and not "
        + "acknowledged; it becomes a dead letter in room {Room}, which has {Readers} readers.")]
    public static partial void DeadLettered(
        ILogger logger, long number, string reference, int deliveries, string session, string @namespace, string room, int readers);

    [LoggerMessage(
        301, LogLevel.Error,
        "Event {Number} is pending for session {Session} of {Namespace} and cannot be read: the connections of the session are "
        + "closed with 1011 until the log is repaired. Other sessions are not affected.")]
    public static partial void EventUnreadable(ILogger logger, long number, string session, string @namespace);

    [LoggerMessage(
        302, LogLevel.Warning,
        "Pending events of session {Session} of {Namespace} up to event {Number} were lost when the log was repaired; the session gets a "
        + "gap.")]
    public static partial void EventsLost(ILogger logger, long number, string session, string @namespace);

    [LoggerMessage(
        303, LogLevel.Debug,
        "A request with reference '{Reference}' of session {Session} of {Namespace} was refused with {Code}: {Reason}")]
    public static partial void RequestRefused(
        ILogger logger, string reference, string session, string @namespace, string code, string reason);
}
