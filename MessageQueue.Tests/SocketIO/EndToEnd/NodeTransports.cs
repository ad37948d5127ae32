namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>The options of socket.io-client for a transport.</summary>
internal static class NodeTransports
{
    /// <summary>Returns the options; null for none.</summary>
    public static Dictionary<string, object>? Options(this NodeTransport transport) => transport switch
    {
        NodeTransport.WebSocket => new() { ["transports"] = (string[])["websocket"] },
        NodeTransport.Polling => new() { ["transports"] = (string[])["polling"] },
        _ => null,
    };
}
