using MessageQueue.Delivery;
using MessageQueue.Protocol;

namespace MessageQueue.Presence;

/// <summary>A client's connection that watches rooms.</summary>
internal sealed class ConnectionWatcher(ConnectionWindow window) : Watcher
{
    /// <summary>Its window in its session.</summary>
    public ConnectionWindow Window { get; } = window;

    /// <inheritdoc />
    public override bool TryTell(PresenceMessage message) => Window.Connection.TryTell(message);
}
