namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>How a client of socket.io-client connects.</summary>
public enum NodeTransport
{
    /// <summary>As it does with nothing configured: long-polling, then the upgrade to WebSocket.</summary>
    Default,

    /// <summary>WebSocket only.</summary>
    WebSocket,

    /// <summary>Long-polling only.</summary>
    Polling,
}
