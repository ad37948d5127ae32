using MessageQueue.Transport;

namespace MessageQueue.SocketIO.Engine;

/// <summary>Passes the messages of a connection to the app, without Socket.IO.</summary>
internal sealed class RawHandler : IEngineHandler
{
    private readonly EngineConnection _connection;
    private readonly EngineIOConnection _client;
    private readonly Func<EngineIOConnection, EngineIOMessage, ValueTask> _onMessage;
    private readonly Lock _gate = new();
    private Waiter _drained;
    private bool _isOver;

    /// <param name="connection">The connection.</param>
    /// <param name="onMessage">The app's handler.</param>
    public RawHandler(EngineConnection connection, Func<EngineIOConnection, EngineIOMessage, ValueTask> onMessage)
    {
        _connection = connection;
        _onMessage = onMessage;
        _client = new EngineIOConnection(connection, this);
    }

    /// <summary>Sends a message; waits while the output is full.</summary>
    public async ValueTask SendAsync(EngineIOMessage message)
    {
        byte[] frame = Frame(message);
        while (true)
        {
            Task drained;
            lock (_gate)
            {
                if (_isOver || _connection.ClosedWith is not null || _connection.TryWrite(frame))
                {
                    break;
                }

                drained = _drained.WaitAsync();
            }

            await drained.ConfigureAwait(false);
        }

        _connection.Flush();
    }

    /// <inheritdoc />
    public ValueTask OnTextAsync(ReadOnlyMemory<byte> text) => _onMessage(_client, new EngineIOMessage(text, IsBinary: false));

    /// <inheritdoc />
    public ValueTask OnBinaryAsync(ReadOnlyMemory<byte> data) => _onMessage(_client, new EngineIOMessage(data, IsBinary: true));

    /// <inheritdoc />
    public void OnPinging()
    {
    }

    /// <inheritdoc />
    public ValueTask OnPongAsync() => ValueTask.CompletedTask;

    /// <inheritdoc />
    public void OnDrained()
    {
        lock (_gate)
        {
            _drained.Release();
        }
    }

    /// <inheritdoc />
    public void OnTick(long now)
    {
    }

    /// <inheritdoc />
    public void Abandon() => End();

    /// <inheritdoc />
    public ValueTask OnClosedAsync()
    {
        End();
        return ValueTask.CompletedTask;
    }

    private static byte[] Frame(EngineIOMessage message)
    {
        int type = message.IsBinary ? 0 : 1;
        int length = message.Data.Length + type;
        byte[] frame = new byte[WebSocketFrame.HeaderBytes(length) + length];
        int header = WebSocketFrame.WriteHeader(frame, length, message.IsBinary);
        if (!message.IsBinary)
        {
            frame[header] = EnginePacket.Message;
        }

        message.Data.Span.CopyTo(frame.AsSpan(header + type));
        return frame;
    }

    private void End()
    {
        lock (_gate)
        {
            _isOver = true;
            _drained.Release();
        }
    }
}
