using System.Security.Claims;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// What the embedding app is told of sessions and does for their clients. No implementation may block or throw; the app's own code runs
/// elsewhere.
/// </summary>
internal interface ISessionEvents : ISessionObserver
{
    /// <summary>A connection has its session, and the welcome was written. Called by the apply loop.</summary>
    void Connected(SessionState session, ClaimsPrincipal user);

    /// <summary>A connection that had this session is over; once for every <see cref="Connected"/>. Called on any thread.</summary>
    /// <param name="session">The session.</param>
    /// <param name="reason">Why the server closed it; null where it ended without a close of the server's own.</param>
    void Disconnected(SessionState session, CloseReason? reason);

    /// <summary>Whether there is a handler for an event of this namespace. Called by receive loops.</summary>
    bool Handles(string ns, ReadOnlySpan<byte> eventName);

    /// <summary>
    /// A client's event for its handler. Completes when it was taken; it is answered later, exactly once, in any case. Called by the
    /// receive loop, one at a time for a connection.
    /// </summary>
    ValueTask CallAsync(HandlerCall call);
}
