using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Connections;

/// <summary>Why this dialect closes a connection: rows of <see cref="CloseReason"/> with a text that says what was wrong.</summary>
internal static class SocketIOCloseReasons
{
    /// <summary>The client sent what is no packet, or none that is allowed at this point.</summary>
    public static readonly CloseReason NoPacket = CloseReason.BrokenFrame with { Text = "not a packet of Socket.IO, or not allowed here" };

    /// <summary>The client joined no namespace.</summary>
    public static readonly CloseReason NoNamespace = CloseReason.BrokenFrame with { Text = "no namespace was joined in time" };

    /// <summary>The attachments of a packet did not come.</summary>
    public static readonly CloseReason NoAttachments = CloseReason.BrokenFrame with { Text = "the attachments did not come in time" };
}
