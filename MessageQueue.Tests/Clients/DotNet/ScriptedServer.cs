using System.Collections.Specialized;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Threading.Channels;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.DotNet;

/// <summary>A server that sends just what a test says, for what a real one does not do on demand.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Channel<EventClient> _connections = Channel.CreateUnbounded<EventClient>();
    private readonly Task _accepting;

    public ScriptedServer()
    {
        using (Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            Url = $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}";
        }

        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url { get; }

    /// <summary>The parameters of each connection, in order.</summary>
    public List<NameValueCollection> Queries { get; } = [];

    /// <summary>Waits for the next connection.</summary>
    public Task<EventClient> NextAsync() => _connections.Reader.ReadAsync().OrTimeout();

    /// <summary>Waits for the next connection, and welcomes it.</summary>
    public async Task<EventClient> WelcomeAsync(string log = "a", int pending = 0, int window = 1024, object? continues = null)
    {
        EventClient peer = await NextAsync();
        await peer.SendAsync(new
        {
            type = "welcome",
            session = "ann",
            resumed = true,
            pending,
            window,
            maxBytes = 1 << 20,
            server = "Scripted/1",
            log,
            continues = continues ?? Array.Empty<object>(),
            unknown = new { field = 1 },
        });
        return peer;
    }

    /// <summary>Sends an event.</summary>
    public static Task SendEventAsync(EventClient peer, long id, string name = "say", object? data = null) =>
        peer.SendAsync(new { type = "event", id, @event = name, data, room = "lobby", from = "bob", time = 1767225600000 });

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _accepting.OrTimeout();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                Queries.Add(context.Request.QueryString);
                HttpListenerWebSocketContext socket = await context.AcceptWebSocketAsync("mq.v1");
                _connections.Writer.TryWrite(EventClient.Over(socket.WebSocket));
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            _connections.Writer.TryComplete();
        }
    }
}
