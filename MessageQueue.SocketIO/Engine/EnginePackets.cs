using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO.Engine;

/// <summary>Takes the packets of one connection's client, one at a time, and gives messages to the handler.</summary>
/// <param name="connection">The connection.</param>
/// <param name="server">Its server.</param>
internal sealed class EnginePackets(EngineConnection connection, EngineServer server)
{
    /// <summary>The request that carries the packet that is being handled; null for none.</summary>
    public HttpContext? Request { get; private set; }

    /// <summary>Notes the request whose packets come next; null when they are handled.</summary>
    public void Use(HttpContext? request) => Request = request;

    /// <summary>Takes a packet of a payload. A handler that throws closes the connection.</summary>
    public async ValueTask ReceiveAsync(HttpContext request, ReadOnlyMemory<byte> packet)
    {
        try
        {
            await DecodeAsync(request, packet).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // As for a WebSocket: what a handler throws costs its connection only.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            TransportLog.HandlerFailed(server.Host.Logger, exception, connection.Id);
            connection.Fail(CloseReason.ServerFailed);
        }
    }

    /// <summary>Takes a text packet: valid UTF-8.</summary>
    public ValueTask ReceiveTextAsync(HttpContext request, ReadOnlyMemory<byte> packet)
    {
        Request = request;
        switch (packet.Span)
        {
            case [EnginePacket.Message, ..]:
                return connection.Handler.OnTextAsync(packet[1..]);
            case [EnginePacket.Pong, ..]:
                return connection.Watch.TryAnswer() ? connection.Handler.OnPongAsync() : ValueTask.CompletedTask;
            case [EnginePacket.Close, ..]:
                connection.CloseForClient();
                return ValueTask.CompletedTask;
            case [EnginePacket.Open or EnginePacket.Upgrade or EnginePacket.Noop, ..]:
                // Without meaning here, and ignored by the original too.
                return ValueTask.CompletedTask;
            default:
                return Refuse();
        }
    }

    /// <summary>Takes a binary packet.</summary>
    public ValueTask ReceiveBinaryAsync(HttpContext request, ReadOnlyMemory<byte> data)
    {
        Request = request;
        return connection.Handler.OnBinaryAsync(data);
    }

    private ValueTask DecodeAsync(HttpContext request, ReadOnlyMemory<byte> packet)
    {
        if (packet.Span is [EnginePacket.Binary, ..])
        {
            return Payload.TryDecodeBinary(packet, out ReadOnlyMemory<byte> data) ? ReceiveBinaryAsync(request, data) : Refuse();
        }

        return Payload.IsText(packet) ? ReceiveTextAsync(request, packet) : Refuse();
    }

    private ValueTask Refuse()
    {
        connection.Fail(CloseReason.BadPacket);
        return ValueTask.CompletedTask;
    }
}
