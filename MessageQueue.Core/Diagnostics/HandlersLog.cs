using Microsoft.Extensions.Logging;

namespace MessageQueue.Diagnostics;

/// <summary>Log messages of the app's handlers. Event ids 500 to 599.</summary>
internal static partial class HandlersLog
{
    [LoggerMessage(
        500, LogLevel.Error,
        "The handler of '{Event}' threw for event {Number} of session {Session} with reference '{Reference}' in namespace {Namespace}; "
        + "the client got the error 'failed'.")]
    public static partial void HandlerFailed(
        ILogger logger, Exception exception, string @event, long number, string session, string? reference, string @namespace);

    [LoggerMessage(501, LogLevel.Error, "A handler of {Notification} in namespace {Namespace} threw.")]
    public static partial void NotificationFailed(ILogger logger, Exception exception, string notification, string @namespace);

    [LoggerMessage(
        502, LogLevel.Warning,
        "The durable handler of '{Event}' threw at attempt {Attempt} of {Attempts} for event {Number} of session {Session} with "
        + "reference '{Reference}' in namespace {Namespace}; it runs again in {Delay}.")]
    public static partial void HandlerRetries(
        ILogger logger, Exception exception, string @event, int attempt, int attempts, long number, string session, string? reference,
        string @namespace, TimeSpan delay);

    [LoggerMessage(
        503, LogLevel.Warning,
        "Event {Number} '{Event}' with reference '{Reference}' in namespace {Namespace} "
        + "waits for its durable handler, which is not registered any more.")]
    public static partial void HandlerMissing(ILogger logger, long number, string @event, string? reference, string @namespace);

    [LoggerMessage(504, LogLevel.Debug, "A client's data does not have the type that the handler of '{Event}' accepts.")]
    public static partial void DataMismatch(ILogger logger, Exception exception, string @event);

    [LoggerMessage(
        505, LogLevel.Warning,
        "Handlers were still running {Time} after the connections were closed; the server stops without them.")]
    public static partial void HandlersAbandoned(ILogger logger, TimeSpan time);

    [LoggerMessage(
        506, LogLevel.Error,
        "Event {Number} '{Event}' with reference '{Reference}' in namespace {Namespace} was not handled ({Reason}) in {Attempts} "
        + "attempts; it becomes a dead letter in room {Room}, which has {Readers} readers.")]
    public static partial void DeadLettered(
        ILogger logger, long number, string @event, string? reference, string @namespace, string reason, int attempts, string room,
        int readers);

    [LoggerMessage(507, LogLevel.Error, "A middleware of connects in namespace {Namespace} threw; the client was refused.")]
    public static partial void MiddlewareFailed(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(
        508, LogLevel.Error,
        "A rule for dynamic namespaces threw for the namespace {Namespace}; clients cannot connect to it.")]
    public static partial void DynamicNamespaceFailed(ILogger logger, Exception exception, string @namespace);

    [LoggerMessage(509, LogLevel.Error, "A listener of event '{Event}' in namespace {Namespace} threw.")]
    public static partial void ListenerFailed(ILogger logger, Exception exception, string @event, string @namespace);

    [LoggerMessage(
        520, LogLevel.Error,
        "The observer of namespace {Namespace} threw for event {Number} '{Event}', and does not get it again.")]
    public static partial void ObserverFailed(ILogger logger, Exception exception, long number, string @event, string @namespace);

    [LoggerMessage(
        521, LogLevel.Warning,
        "The observer of namespace {Namespace} threw for event {Number} '{Event}' at attempt {Attempt} of {Attempts}; "
        + "it gets the event again in {Delay}.")]
    public static partial void ObserverRetries(
        ILogger logger, Exception exception, long number, string @event, string @namespace, int attempt, int attempts, TimeSpan delay);

    [LoggerMessage(
        522, LogLevel.Error,
        "Retention dropped events {From} to {To} before the observer of namespace {Namespace} had seen all of them; number of missing "
        + "events, if known: {Count}.")]
    public static partial void EventsNotObserved(ILogger logger, string @namespace, long from, long to, long? count);
}
