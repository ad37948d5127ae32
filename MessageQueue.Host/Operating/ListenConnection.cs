using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace MessageQueue.Host.Operating;

/// <summary>One WebSocket of <c>listen</c>: messages in, acknowledgements out.</summary>
internal sealed class ListenConnection : IDisposable
{
    // So long a silence means that nobody is there any more; the time that a server has to answer a close.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int MaxIdsPerAck = 512;

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<long> _done = Channel.CreateUnbounded<long>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly Lock _lock = new();
    private Task _acknowledging = Task.CompletedTask;
    private Task? _closing;

    private ListenConnection()
    {
        _socket.Options.AddSubProtocol("mq.v1");
        _socket.Options.KeepAliveInterval = Silence;
        _socket.Options.KeepAliveTimeout = Silence;
        _socket.Options.CollectHttpResponseDetails = true;
    }

    /// <summary>How it ended, once <see cref="ReceiveAsync"/> has returned false.</summary>
    public ListenEnd End { get; private set; }

    /// <summary>The message that was received last.</summary>
    public ReadOnlySpan<byte> Message => _message.WrittenSpan;

    /// <summary>Connects.</summary>
    /// <exception cref="CommandException">There is no such server, or it wants no WebSocket.</exception>
    public static async Task<ListenConnection> OpenAsync(ServerAddress address, Uri uri, CancellationToken cancellationToken)
    {
        ListenConnection connection = new();
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            if (address.Bearer is string token)
            {
                connection._socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
            }

            await connection._socket.ConnectAsync(uri, patience.Token);
            connection._acknowledging = connection.AcknowledgeAsync();
            return connection;
        }
        catch (Exception exception) when (exception is WebSocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            int status = (int)connection._socket.HttpStatusCode;
            connection.Dispose();
            throw status is 401 or 403 ? ServerClient.NotAllowed($"status {status}")
                : status != 0 ? new CommandException(ExitCode.Failed, $"what answers at {address.Root} with status {status} is no MessageQueue server; name one with --url")
                : ServerClient.Unreachable(address, exception is WebSocketException ? exception.GetBaseException().Message : "nothing came in time");
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the next message. False: the connection is over.</summary>
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
                    End = new ListenEnd((int?)_socket.CloseStatus, _socket.CloseStatusDescription is { Length: > 0 } reason ? reason : "closed");
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
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            End = new ListenEnd(null, exception.GetBaseException().Message);
            await CloseAsync();
            return false;
        }
    }

    /// <summary>Acknowledges an event or a gap, soon and together with others.</summary>
    public void Acknowledge(long id) => _done.Writer.TryWrite(id);

    /// <summary>Sends what is still to be acknowledged, then the close; <see cref="ReceiveAsync"/> returns false when it was answered, or a while later.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            return _closing ??= CloseOnceAsync();
        }
    }

    public void Dispose()
    {
        _done.Writer.TryComplete();
        _socket.Dispose();
    }

    private async Task CloseOnceAsync()
    {
        _done.Writer.TryComplete();
        using CancellationTokenSource patience = new(Patience);
        try
        {
            await _acknowledging.WaitAsync(patience.Token);
            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            _socket.Abort();
        }

        // A server that does not answer the close is not waited for.
        _ = Task.Delay(Patience).ContinueWith(_ => _socket.Abort(), TaskScheduler.Default);
    }

    private async Task AcknowledgeAsync()
    {
        List<long> ids = [];
        try
        {
            while (await _done.Reader.WaitToReadAsync())
            {
                ids.Clear();
                while (ids.Count < MaxIdsPerAck && _done.Reader.TryRead(out long id))
                {
                    ids.Add(id);
                }

                byte[] ack = Encoding.UTF8.GetBytes($$"""{"type":"ack","id":{{JsonSerializer.Serialize(ids)}}}""");
                await _socket.SendAsync(ack.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The receiving side learns why.
        }
    }
}
