using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.State;

namespace MessageQueue.Tests.Pipeline;

/// <summary>Ignores all notifications and has no handlers: every event without a room is unhandled.</summary>
internal sealed class NoSessionEvents : ISessionEvents
{
    /// <summary>The only instance; it has no state.</summary>
    public static readonly NoSessionEvents Instance = new();

    /// <inheritdoc />
    public bool HasNamespace(string ns) => false;

    /// <inheritdoc />
    public ValueTask<CloseReason?> AdmitAsync(ConnectingClient client) => default;

    /// <inheritdoc />
    public void Settled(ConnectingClient client)
    {
    }

    /// <inheritdoc />
    public void Connected(SessionState session, ConnectingClient client)
    {
    }

    /// <inheritdoc />
    public void Disconnected(SessionState session, CloseReason? reason)
    {
    }

    /// <inheritdoc />
    public void Ended(SessionState session)
    {
    }

    /// <inheritdoc />
    public bool Handles(string ns, ReadOnlySpan<byte> eventName) => false;

    /// <inheritdoc />
    public bool Observes(string ns) => false;

    /// <inheritdoc />
    public ValueTask CallAsync(HandlerCall call) => ValueTask.CompletedTask;

    /// <inheritdoc />
    public void OnReply(long eventId, SessionState session, EventData data)
    {
    }
}
