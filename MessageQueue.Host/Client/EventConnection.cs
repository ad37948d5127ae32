using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace MessageQueue.Host.Client;

/// <summary>One WebSocket to a server: receives messages and sends acknowledgements.</summary>
internal sealed class EventConnection : IDisposable
{
    // How often the server is pinged, and how long it may take to answer the ping before the connection counts as broken.
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(20);

    // How long the server may take to accept the connection, and to answer a close.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private const int MaxIdsPerAck = 512;

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<long> _acknowledged = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly Lock _lock = new();
    private Task _acknowledging = Task.CompletedTask;
    private Task? _closing;

    private EventConnection()
    {
        _socket.Options.AddSubProtocol("mq.v1");
        _socket.Options.KeepAliveInterval = PingInterval;
        _socket.Options.KeepAliveTimeout = PingInterval;
        _socket.Options.CollectHttpResponseDetails = true;
    }

    /// <summary>How the connection ended, once <see cref="ReceiveAsync"/> has returned false.</summary>
    public ConnectionEnd End { get; private set; }

    /// <summary>The message that was received last.</summary>
    public ReadOnlySpan<byte> Message => _message.WrittenSpan;

    /// <summary>Connects.</summary>
    /// <param name="address">The server.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="query">The parameters of the connection; values that are null are left out.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="ClientException">Nothing answers, or the server refuses the connection.</exception>
    public static async Task<EventConnection> OpenAsync(
        ServerAddress address, string ns, IEnumerable<(string Name, string? Value)> query, CancellationToken cancellationToken)
    {
        EventConnection connection = new();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            if (address.Bearer is string token)
            {
                connection._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            }

            await connection._socket.ConnectAsync(address.WebSocket(ns, query), timeout.Token);
            connection._acknowledging = connection.AcknowledgeAsync();
            return connection;
        }
        catch (WebSocketException exception)
        {
            int status = (int)connection._socket.HttpStatusCode;
            connection.Dispose();
            throw status switch
            {
                0 => ClientException.Unreachable(address, exception.GetBaseException().Message),
                401 or 403 => ClientException.NotAllowed($"status {status}"),
                _ => ClientException.NotAServer(address, status),
            };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            connection.Dispose();
            throw ClientException.Unreachable(address, $"no answer within {AnswerTimeout.TotalSeconds} seconds");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the next message; false when the connection has ended.</summary>
    public async Task<bool> ReceiveAsync()
    {
        _message.ResetWrittenCount();
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult read = await _socket.ReceiveAsync(_message.GetMemory(16 << 10), CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Close)
                {
                    string reason = _socket.CloseStatusDescription is { Length: > 0 } given ? given : "closed";
                    End = new ConnectionEnd((int?)_socket.CloseStatus, reason);
                    await CloseAsync();
                    return false;
                }

                _message.Advance(read.Count);
                if (read.EndOfMessage)
                {
                    return true;
                }
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            End = new ConnectionEnd(null, exception.GetBaseException().Message);
            await CloseAsync();
            return false;
        }
    }

    /// <summary>Acknowledges an event or a gap. Several numbers are sent together; the method does not wait for them.</summary>
    public void Acknowledge(long id) => _acknowledged.Writer.TryWrite(id);

    /// <summary>
    /// Sends outstanding acknowledgements, then the close. <see cref="ReceiveAsync"/> returns false once the server has answered the close,
    /// or after 10 s.
    /// </summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            return _closing ??= CloseOnceAsync();
        }
    }

    public void Dispose()
    {
        _acknowledged.Writer.TryComplete();
        _socket.Dispose();
    }

    private static bool IsBroken(Exception exception) =>
        exception is WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;

    private async Task CloseOnceAsync()
    {
        _acknowledged.Writer.TryComplete();
        using CancellationTokenSource timeout = new(AnswerTimeout);
        try
        {
            await _acknowledging.WaitAsync(timeout.Token);
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, timeout.Token);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            _socket.Abort();
        }

        // Ends the connection where the server does not answer the close.
        _ = Task.Delay(AnswerTimeout).ContinueWith(_ => _socket.Abort(), TaskScheduler.Default);
    }

    private async Task AcknowledgeAsync()
    {
        List<long> ids = [];
        try
        {
            while (await _acknowledged.Reader.WaitToReadAsync())
            {
                ids.Clear();
                while (ids.Count < MaxIdsPerAck && _acknowledged.Reader.TryRead(out long id))
                {
                    ids.Add(id);
                }

                byte[] ack = Encoding.UTF8.GetBytes($$"""{"type":"ack","id":{{JsonSerializer.Serialize(ids)}}}""");
                await _socket.SendAsync(ack.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            // ReceiveAsync reports the reason.
        }
    }
}
