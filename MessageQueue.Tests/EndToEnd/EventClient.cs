using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.EndToEnd;

/// <summary>A client of the JSON protocol. It keeps a queue of frames for each type, in the order in which they came.</summary>
internal sealed class EventClient : IAsyncDisposable
{
    private readonly WebSocket _socket;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Dictionary<string, Channel<JsonElement>> _frames = [];
    private readonly Lock _lock = new();
    private Task _receiving = Task.CompletedTask;
    private string? _end;
    private int _pings;

    private EventClient(WebSocket socket) => _socket = socket;

    /// <summary>The first frame.</summary>
    public JsonElement Welcome { get; private set; }

    /// <summary>The server's close code; null while the connection is open, or if it ended without a close code.</summary>
    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>The text of the server's close; null while the connection is open.</summary>
    public string? CloseReason => _socket.CloseStatusDescription;

    /// <summary>The sub-protocol that the server echoed.</summary>
    public string? SubProtocol => _socket.SubProtocol;

    /// <summary>Waits until the connection has ended and returns the server's close code.</summary>
    public async Task<int?> CloseCodeAsync()
    {
        await Closed.OrTimeout();
        return (int?)_socket.CloseStatus;
    }

    /// <summary>Completes when the connection has ended, for any reason.</summary>
    public Task Closed => _receiving;

    /// <summary>Connects and waits for the welcome.</summary>
    /// <param name="url">The address of the server: <c>http://127.0.0.1:41234</c>, with the namespace if it is not the default
    /// one.</param>
    /// <param name="query">As in <c>session=alice&amp;room=lobby</c>.</param>
    public static async Task<EventClient> ConnectAsync(string url, string query)
    {
        EventClient client = await OpenAsync(url, query);
        client.Welcome = await client.NextAsync("welcome");
        return client;
    }

    /// <summary>Connects without waiting for the welcome, for tests that expect a refusal.</summary>
    public static async Task<EventClient> OpenAsync(string url, string query)
    {
        ClientWebSocket socket = new();
        socket.Options.AddSubProtocol("mq.v1");
        UriBuilder address = new(url) { Scheme = "ws", Query = query };
        await socket.ConnectAsync(address.Uri, CancellationToken.None).OrTimeout();
        return Over(socket);
    }

    /// <summary>Returns a client on a WebSocket that is connected already.</summary>
    public static EventClient Over(WebSocket socket)
    {
        EventClient client = new(socket);
        client._receiving = client.ReceiveAsync();
        return client;
    }

    /// <summary>Returns a client on a WebSocket that is connected already, after its welcome has come.</summary>
    public static async Task<EventClient> WelcomeAsync(WebSocket socket)
    {
        EventClient client = Over(socket);
        client.Welcome = await client.NextAsync("welcome");
        return client;
    }

    /// <summary>Returns the frames of one type as they come. The queue completes when the connection has ended.</summary>
    public ChannelReader<JsonElement> Frames(string type) => Of(type).Reader;

    /// <summary>Returns the next frame of a type.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        try
        {
            return await Frames(type).ReadAsync().OrTimeout();
        }
        catch (ChannelClosedException)
        {
            throw new InvalidOperationException($"No '{type}' came: {_end}");
        }
    }

    /// <summary>Sends one message. Returns false if the connection has ended.</summary>
    public async Task<bool> TrySendAsync(object message)
    {
        byte[] json = message is string text ? Encoding.UTF8.GetBytes(text) : JsonSerializer.SerializeToUtf8Bytes(message);
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(json, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).OrTimeout();
            return true;
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends one message: an object to serialise, or JSON as it is.</summary>
    public async Task SendAsync(object message) =>
        (await TrySendAsync(message)).Should().BeTrue("the connection should be open, but: {0}", _end);

    /// <summary>Emits, waits for the acknowledgement, and returns the event's number.</summary>
    public async Task<long> EmitAsync(object to, string name = "event", object? data = null, string? id = null)
    {
        string reference = id ?? $"emit-{Interlocked.Increment(ref _pings)}";
        await SendAsync(new { type = "emit", @event = name, to, data, id = reference });
        JsonElement ack = await NextAsync("ack");
        ack.GetProperty("ref").GetString().Should().Be(reference);
        return ack.GetProperty("id").GetInt64();
    }

    /// <summary>Returns the numbers of the next events.</summary>
    public async Task<List<long>> NextIdsAsync(int count)
    {
        List<long> ids = [];
        while (ids.Count < count)
        {
            ids.Add((await NextAsync("event")).GetProperty("id").GetInt64());
        }

        return ids;
    }

    /// <summary>Checks that no event has come. It sends a ping: everything that the server sent earlier comes before the pong.</summary>
    public async Task ShouldHaveNoEventAsync()
    {
        await PingAsync();
        Frames("event").TryRead(out JsonElement frame).Should().BeFalse("nothing is pending, but {0} came", frame);
    }

    /// <summary>Sends a ping and waits for its pong. By then the server has applied everything that was sent before.</summary>
    public async Task PingAsync()
    {
        string reference = $"ping-{Interlocked.Increment(ref _pings)}";
        await SendAsync(new { type = "ping", id = reference });
        (await NextAsync("pong")).GetProperty("ref").GetString().Should().Be(reference);
    }

    /// <summary>Closes as a client should, and waits for the server's close.</summary>
    public async Task CloseAsync()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).OrTimeout();
        await Closed.OrTimeout();
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await Closed.OrTimeout();
        _socket.Dispose();
    }

    private Channel<JsonElement> Of(string type)
    {
        lock (_lock)
        {
            if (!_frames.TryGetValue(type, out Channel<JsonElement>? channel))
            {
                _frames.Add(type, channel = Channel.CreateUnbounded<JsonElement>());
                if (_end is not null)
                {
                    channel.Writer.Complete();
                }
            }

            return channel;
        }
    }

    private async Task ReceiveAsync()
    {
        // The socket may return frames without waiting for a long time, and the caller must not wait for that.
        await Task.Yield();
        string end = await ReadFramesAsync();
        lock (_lock)
        {
            _end = end;
            foreach (Channel<JsonElement> channel in _frames.Values)
            {
                channel.Writer.TryComplete();
            }
        }
    }

    private async Task<string> ReadFramesAsync()
    {
        try
        {
            MemoryStream message = new();
            byte[] buffer = new byte[16 * 1024];
            while (true)
            {
                ValueWebSocketReceiveResult read = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Close)
                {
                    await AnswerCloseAsync();
                    return $"closed with {(int?)_socket.CloseStatus} {_socket.CloseStatusDescription}";
                }

                message.Write(buffer, 0, read.Count);
                if (read.EndOfMessage)
                {
                    JsonElement frame = JsonSerializer.Deserialize<JsonElement>(message.GetBuffer().AsSpan(0, (int)message.Length));
                    Of(frame.GetProperty("type").GetString()!).Writer.TryWrite(frame);
                    message.SetLength(0);
                }
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            return exception.Message;
        }
    }

    private async Task AnswerCloseAsync()
    {
        if (_socket.State == WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        }
    }

    private static bool IsEndOfConnection(Exception exception) => exception
        is WebSocketException or IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException;
}
