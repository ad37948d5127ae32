using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Connections;

/// <summary>
/// Notifies the embedding app about sessions, and runs its handlers for their clients. No implementation may block or throw; the app's own
/// code runs elsewhere.
/// </summary>
internal interface ISessionEvents : ISessionObserver
{
    /// <summary>
    /// Whether the app knows the namespace: it has asked for it by name, or has a rule for dynamic namespaces that covers it. Called on any
    /// thread.
    /// </summary>
    bool HasNamespace(string ns);

    /// <summary>
    /// Asks the app's middlewares whether a client may connect. They may change its user and items. Called once, before the client gets its
    /// session. Every call is followed by one of <see cref="Settled"/>.
    /// </summary>
    /// <returns>Why the client is refused; null if it is not.</returns>
    ValueTask<CloseReason?> AdmitAsync(ConnectingClient client);

    /// <summary>Reports that a client either has its session or does not get it. Called on any thread.</summary>
    void Settled(ConnectingClient client);

    /// <summary>Reports that a connection was attached to its session and the welcome was written. Called by the apply loop.</summary>
    void Connected(SessionState session, ConnectingClient client);

    /// <summary>
    /// Reports that a connection of this session has ended, once for every <see cref="Connected"/>. Called on any thread.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="reason">Why the server closed it; null if the server did not close it.</param>
    void Disconnected(SessionState session, CloseReason? reason);

    /// <summary>
    /// Whether the app wants this event of this namespace: it has a handler for it, or listens to all. Called by receive loops.
    /// </summary>
    bool Handles(string ns, ReadOnlySpan<byte> eventName);

    /// <summary>
    /// Passes a client's event to its handler. Completes when it was taken. It is answered later, exactly once, in any case. Called by the
    /// receive loop, one at a time per connection.
    /// </summary>
    ValueTask CallAsync(HandlerCall call);
}
