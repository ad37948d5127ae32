using System.Security.Claims;
using MessageQueue.Protocol;
using MessageQueue.SocketIO.Engine;

namespace MessageQueue.SocketIO;

/// <summary>
/// A client of Engine.IO without Socket.IO: messages both ways, and no session, no room and no durability. Thread-safe.
/// </summary>
public sealed class EngineIOConnection
{
    private readonly EngineConnection _connection;
    private readonly RawHandler _handler;

    internal EngineIOConnection(EngineConnection connection, RawHandler handler)
    {
        _connection = connection;
        _handler = handler;
    }

    /// <summary>The connection's id. Keep it secret: who knows it can take part in the connection.</summary>
    public string Id => _connection.Id;

    /// <summary>The user of the handshake; one without identity if there is none.</summary>
    public ClaimsPrincipal User => _connection.User;

    /// <summary>
    /// Sends a message. Completes when it is taken for sending, which waits while more than
    /// <see cref="MessageQueueOptions.MaxOutboundBytes"/> wait to be sent. Does nothing on a connection that is closed.
    /// </summary>
    public ValueTask SendAsync(EngineIOMessage message) => _handler.SendAsync(message);

    /// <summary>Closes the connection after it has sent what is written.</summary>
    public void Close() => _connection.Close(CloseReason.ClosedByClient);
}
