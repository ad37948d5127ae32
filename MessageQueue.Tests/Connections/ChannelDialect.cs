using MessageQueue.Connections;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Connections;

/// <summary>
/// A dialect that is nothing like the JSON one: binary messages, and several sessions on one WebSocket, each on a channel of its own. Every
/// message begins with the channel's number and a letter; texts are a length in one byte and UTF-8, numbers are eight bytes.
/// </summary>
internal sealed class ChannelDialect(ConnectionServices services)
{
    /// <summary>The server's.</summary>
    public ConnectionServices Services { get; } = services;

    /// <summary>The events, without channel and frame header. For the apply loop only.</summary>
    public ChannelEvents Events { get; } = new(services.Broker.Dialects);

    /// <summary>Where answers are built. For the apply loop only.</summary>
    public FrameBuilder Answers { get; } = new();
}
