using MessageQueue.Protocol;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// A WebSocket of an Engine.IO connection: one that carries it from the start, or one that the client tries and then upgrades to.
/// </summary>
/// <param name="connection">The connection.</param>
/// <param name="context">The request of the WebSocket.</param>
/// <param name="webSocket">The WebSocket.</param>
/// <param name="isTried">Whether polling carries the connection for now.</param>
internal sealed class WebSocketTransport(EngineConnection connection, HttpContext context, WebSocketConnection webSocket, bool isTried)
    : IConnectionHandler
{
    private volatile bool _carries = !isTried;

    /// <inheritdoc />
    public bool TakesBinary => true;

    /// <summary>Closes the WebSocket.</summary>
    public void Close(CloseReason reason) => webSocket.Close(reason);

    /// <inheritdoc />
    public ValueTask OnMessageAsync(ReadOnlyMemory<byte> message) =>
        _carries ? connection.Packets.ReceiveTextAsync(context, message) : TryAsync(message);

    /// <inheritdoc />
    public ValueTask OnBinaryMessageAsync(ReadOnlyMemory<byte> message)
    {
        if (_carries)
        {
            return connection.Packets.ReceiveBinaryAsync(context, message);
        }

        webSocket.Close(CloseReason.BadPacket);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public void OnDrained()
    {
        if (_carries)
        {
            connection.Drained();
        }
    }

    /// <inheritdoc />
    public ValueTask OnClosedAsync()
    {
        if (_carries)
        {
            return connection.EndAsync();
        }

        connection.EndUpgrade();
        return ValueTask.CompletedTask;
    }

    private async ValueTask TryAsync(ReadOnlyMemory<byte> message)
    {
        if (message.Span.SequenceEqual(EnginePacket.Probe))
        {
            // Noted first: once the client has its answer, it may already have given up again.
            connection.Probe();
            webSocket.Write(EnginePacket.ProbeAnswerFrame);
            webSocket.Flush();
        }
        else if (message.Span is not [EnginePacket.Upgrade, ..])
        {
            webSocket.Close(CloseReason.BadPacket);
        }
        else if (await connection.TryUpgradeAsync(webSocket).ConfigureAwait(false))
        {
            _carries = true;
        }
        else
        {
            webSocket.Close(CloseReason.ClosedByClient);
        }
    }
}
