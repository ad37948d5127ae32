using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using MessageQueue.Diagnostics;
using MessageQueue.Protocol;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Transport;

/// <summary>
/// Reads the messages of one connection and passes them to the handler, one at a time, until the connection is closing or the client sends
/// no more. If the loop ends because of an error, the close frame for it has been written if that was possible. The connection does the
/// rest of the closing.
/// </summary>
internal sealed class ReceiveLoop(
    WebSocket webSocket, ConnectionStream stream, ConnectionOutput output, IConnectionHandler handler, WebSocketConnection connection,
    int maxMessageBytes,
    ILogger logger)
{
    private PooledBuffer _message;
    private bool _isBinary;

    /// <summary>Completes when no more messages will be passed on. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (!output.IsClosed && await ReceiveAsync().ConfigureAwait(false))
            {
                if (output.IsClosed)
                {
                    break;
                }

                await HandleAsync(_message.Written).ConfigureAwait(false);
                _message.Clear();
                await output.WhenBelowLimitAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _message.Release();
            stream.ReleaseAhead();
        }
    }

    /// <summary>Collects the next message; returns false when there is none.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReceiveAsync()
    {
        try
        {
            // Read without a buffer first, so that an idle connection holds none. This completes when there is something to read.
            ValueTask<ValueWebSocketReceiveResult> receiving = webSocket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (!receiving.IsCompleted)
            {
                _message.Release();
            }

            ValueWebSocketReceiveResult result = await receiving.ConfigureAwait(false);
            while (result.MessageType == WebSocketMessageType.Text
                || (result.MessageType == WebSocketMessageType.Binary && handler.TakesBinary))
            {
                _message.Advance(result.Count);
                if (result.EndOfMessage)
                {
                    _isBinary = result.MessageType == WebSocketMessageType.Binary;
                    return true;
                }

                // The monitor stops a message over the limit, so there is always at least one byte of room.
                result = await webSocket.ReceiveAsync(FreeBuffer(), CancellationToken.None).ConfigureAwait(false);
            }

            Refuse(result.MessageType);
        }
        catch (Exception exception)
        {
            End(exception);
        }

        return false;
    }

    /// <summary>
    /// Returns free memory. It grows with the bytes that really arrived, not with the length that was announced, and not beyond the limit.
    /// </summary>
    private Memory<byte> FreeBuffer()
    {
        Memory<byte> free = _message.GetFree(1);
        long allowed = maxMessageBytes + 1L - _message.Length;
        return free.Length > allowed ? free[..(int)allowed] : free;
    }

    private void Refuse(WebSocketMessageType type)
    {
        if (type == WebSocketMessageType.Binary)
        {
            connection.Close(CloseReason.BinaryMessage);
        }
        else
        {
            connection.Close(CloseReason.ClosedByClient);
        }
    }

    private void End(Exception exception)
    {
        switch (stream.Violation)
        {
            case FrameViolation.TooBig:
                TransportLog.Violation(logger, connection.Id, stream.Violation);
                connection.Close(CloseReason.TooBig);
                break;
            case FrameViolation.ProtocolError:
                TransportLog.Violation(logger, connection.Id, stream.Violation);
                connection.Close(CloseReason.BrokenFrame);
                break;
            case FrameViolation.InvalidText:
                TransportLog.Violation(logger, connection.Id, stream.Violation);
                connection.Close(CloseReason.InvalidUtf8);
                break;
            default:
                // If the framework found the error, its close frame is already in the output.
                TransportLog.EndedAbruptly(logger, exception, connection.Id);
                break;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask HandleAsync(ReadOnlyMemory<byte> message)
    {
        try
        {
            ValueTask handling = _isBinary ? handler.OnBinaryMessageAsync(message) : handler.OnMessageAsync(message);
            if (handling.IsCompleted)
            {
                await handling.ConfigureAwait(false);
                return;
            }

            // A handler may take long. If the connection is closed meanwhile, the client's input must still be discarded.
            Task handled = handling.AsTask();
            if (await Task.WhenAny(handled, output.WhenClosedAsync()).ConfigureAwait(false) != handled)
            {
                await stream.DiscardAsync().ConfigureAwait(false);
            }

            await handled.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            TransportLog.HandlerFailed(logger, exception, connection.Id);
            connection.Close(CloseReason.ServerFailed);
        }
    }
}
