using Microsoft.Extensions.Logging;

namespace MessageQueue.Routing;

/// <summary>What the broker logs: event ids 300 to 399.</summary>
internal static partial class RoutingLog
{
    [LoggerMessage(300, LogLevel.Warning, "Event {Event} was delivered {Deliveries} times to session {Session} of {Namespace} and not acknowledged; it goes to room {Room}, with {Readers} readers.")]
    public static partial void PutAside(ILogger logger, long @event, int deliveries, string session, string @namespace, string room, int readers);
}
