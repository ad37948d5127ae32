using MessageQueue.Connections;
using MessageQueue.Transport;

namespace MessageQueue.Tests.Connections;

/// <summary>
/// A dialect that is very different from JSON: binary messages, and several sessions on one WebSocket, each on its own channel. Every
/// message begins with the channel's number and a letter. A text is a length in one byte and UTF-8, a number is eight bytes.
/// </summary>
internal sealed class ChannelDialect(ConnectionServices services)
{
    /// <summary>The server's.</summary>
    public ConnectionServices Services { get; } = services;

    /// <summary>Builds events without channel and frame header. Only the apply loop uses it.</summary>
    public ChannelEvents Events { get; } = new(services.Broker.Dialects);

    /// <summary>The buffer in which answers are built. Only the apply loop uses it.</summary>
    public FrameBuilder Answers { get; } = new();
}
