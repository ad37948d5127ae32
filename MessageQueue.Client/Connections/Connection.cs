using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Client.Messages;

namespace MessageQueue.Client.Connections;

/// <summary>One WebSocket: messages in, messages out, and the pings that show whether it lives. Nothing here outlives it.</summary>
internal sealed class Connection : IDisposable
{
    private readonly WebSocket _socket;
    private readonly MessageQueueClientOptions _options;
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ArrayBufferWriter<byte> _incoming = new();
    private readonly CancellationTokenSource _over = new();
    private readonly Task _sending;
    private TaskCompletionSource _check = NewSignal();
    private TaskCompletionSource _heard = NewSignal();
    private string? _abortReason;

    public Connection(WebSocket socket, MessageQueueClientOptions options)
    {
        _socket = socket;
        _options = options;
        _sending = SendAllAsync();
        _ = WatchAsync();
    }

    /// <summary>How it ended, once <see cref="ReceiveAsync"/> has returned null.</summary>
    public ConnectionEnd End { get; private set; } = new("still open");

    /// <summary>
    /// Sends a message after all that were sent before; does not wait. What is sent after the end is lost: who needs an answer sends it
    /// again on the next connection.
    /// </summary>
    public void Send(byte[] message) => _outgoing.Writer.TryWrite(message);

    /// <summary>Pings the server at once, and ends the connection if it does not answer.</summary>
    public void CheckNow() => _check.TrySetResult();

    /// <summary>Waits for the next message; null when the connection has ended.</summary>
    public async Task<ServerMessage?> ReceiveAsync()
    {
        try
        {
            if (await ReadAsync() is { } raw)
            {
                _heard.TrySetResult();
                return ServerMessage.Parse(raw);
            }

            string reason = _socket.CloseStatusDescription is { Length: > 0 } given ? given : "closed by the server";
            Finish(new ConnectionEnd(reason, (int?)_socket.CloseStatus));
        }
        catch (JsonException exception)
        {
            Abort($"the server sent what is not a message of the protocol ({exception.Message})");
            Finish(new ConnectionEnd(_abortReason!));
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            Finish(new ConnectionEnd(_abortReason ?? exception.GetBaseException().Message));
        }

        return null;
    }

    /// <summary>Ends it at once.</summary>
    public void Abort(string reason)
    {
        Interlocked.CompareExchange(ref _abortReason, reason, null);
        _socket.Abort();
    }

    /// <summary>
    /// Sends what waits, then the close. <see cref="ReceiveAsync"/> returns null once the server has answered it, or after the timeout.
    /// </summary>
    public async Task CloseAsync()
    {
        _outgoing.Writer.TryComplete();
        using CancellationTokenSource timeout = new(_options.AnswerTimeout, _options.TimeProvider);
        using CancellationTokenRegistration registration = timeout.Token.UnsafeRegister(
            static self => ((Connection)self!).Abort("no answer to the close"), this);
        await _sending;
        await Task.Delay(Timeout.InfiniteTimeSpan, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        Finish(End);
        _socket.Dispose();
    }

    private static bool IsBroken(Exception exception) => exception
        is WebSocketException or ObjectDisposedException or InvalidOperationException or OperationCanceledException or IOException;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Finish(ConnectionEnd end)
    {
        End = end;
        _outgoing.Writer.TryComplete();
        _over.Cancel();
    }

    private async Task<ReadOnlyMemory<byte>?> ReadAsync()
    {
        _incoming.ResetWrittenCount();
        while (true)
        {
            ValueWebSocketReceiveResult read = await _socket.ReceiveAsync(_incoming.GetMemory(4 << 10), CancellationToken.None);
            if (read.MessageType == WebSocketMessageType.Close)
            {
                return null;
            }

            _incoming.Advance(read.Count);
            if (_incoming.WrittenCount > _options.MaxMessageBytes)
            {
                Abort($"a message from the server is larger than MaxMessageBytes ({_options.MaxMessageBytes})");
            }

            if (read.EndOfMessage)
            {
                return _incoming.WrittenSpan.ToArray();
            }
        }
    }

    private async Task SendAllAsync()
    {
        try
        {
            await foreach (byte[] message in _outgoing.Reader.ReadAllAsync())
            {
                await _socket.SendAsync(message.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }

            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            // Receiving fails too, and has the reason.
            _socket.Abort();
        }
    }

    // Pings after each interval in which nobody asked for it, and ends the connection when nothing comes afterwards.
    private async Task WatchAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            await AtMostAsync(_check.Task, _options.PingInterval);
            _check = NewSignal();
            _heard = NewSignal();
            Send(ClientMessages.Ping());
            await AtMostAsync(_heard.Task, _options.AnswerTimeout);
            if (!_heard.Task.IsCompleted && !_over.IsCancellationRequested)
            {
                Abort($"the server did not answer a ping within {_options.AnswerTimeout.TotalSeconds} seconds");
                return;
            }
        }
    }

    private async Task AtMostAsync(Task task, TimeSpan time) =>
        await task.WaitAsync(time, _options.TimeProvider, _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
