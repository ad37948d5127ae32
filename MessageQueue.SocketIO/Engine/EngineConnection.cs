using System.Security.Claims;
using MessageQueue.Connections;
using MessageQueue.Protocol;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// One Engine.IO connection, whatever carries it at the moment: HTTP long-polling or a WebSocket. What is written to it are whole server
/// frames of WebSocket, one text frame for a packet such as <c>42["a"]</c> (with the <c>4</c> of an Engine.IO message) and one binary frame
/// for an attachment. Polling turns them into payloads when a request is answered. Thread-safe, and used as any output.
/// </summary>
internal sealed class EngineConnection : IConnectionOutput
{
    /// <summary>The session id (<c>sid</c>) of Engine.IO: secret, and different from every session id of Socket.IO.</summary>
    public string Id => throw new NotImplementedException();

    /// <summary>
    /// The request that carries the message that is being handled. Only for use until the call of the handler completes, as a request of
    /// polling is over then.
    /// </summary>
    public HttpContext Request => throw new NotImplementedException();

    /// <summary>The user of the handshake; one without identity if there is none.</summary>
    public ClaimsPrincipal User => throw new NotImplementedException();

    /// <summary>The rate limit of the connection, which counts messages of all its namespaces; null for none.</summary>
    public MessageRate? Rate => throw new NotImplementedException();

    /// <inheritdoc />
    public CloseReason? ClosedWith => throw new NotImplementedException();

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> frame) => throw new NotImplementedException();

    /// <inheritdoc />
    public bool TryWrite(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => throw new NotImplementedException();

    /// <inheritdoc />
    public void Write(ReadOnlySpan<byte> frame) => throw new NotImplementedException();

    /// <inheritdoc />
    public void Flush() => throw new NotImplementedException();

    /// <summary>
    /// Writes and flushes a ping now, unless an earlier one is unanswered. Returns whether it did. Calls
    /// <see cref="IEngineHandler.OnPinging"/> before. May be called on any thread, also by the handler.
    /// </summary>
    public bool TryPing() => throw new NotImplementedException();

    /// <summary>
    /// Closes the connection after it has sent what is written: with a close frame on WebSocket, with a close packet on polling. Only the
    /// first call counts.
    /// </summary>
    public void Close(CloseReason reason) => throw new NotImplementedException();

    /// <summary>Ends the connection at once, without sending what is written.</summary>
    public void Abort() => throw new NotImplementedException();
}
