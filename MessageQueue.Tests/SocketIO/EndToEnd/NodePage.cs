using System.Collections.Concurrent;
using System.Text.Json;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>
/// A page with clients of npm's socket.io-client: a Node process that does what it is told (<c>node/socketio-driver.js</c>). When it
/// ends, its clients forget everything, as a page does that is loaded again.
/// </summary>
internal sealed class NodePage : IAsyncDisposable
{
    private readonly ChildProcess _node;
    private readonly Task _reading;
    private readonly ConcurrentDictionary<string, NodeClient> _clients = new();
    private readonly SemaphoreSlim _writing = new(1);
    private int _names;

    private NodePage(ChildProcess node)
    {
        _node = node;
        _reading = ReadAsync();
    }

    /// <summary>Where npm installs socket.io-client.</summary>
    public static string ClientPackage => RepositoryRoot.Combine("MessageQueue.Tests", "node", "node_modules", "socket.io-client");

    private static string Script => RepositoryRoot.Combine("MessageQueue.Tests", "node", "socketio-driver.js");

    /// <summary>Opens a page without clients.</summary>
    public static NodePage Open() => new(ChildProcess.Start("node", [Script]));

    /// <summary>Adds a client that connects, without waiting until it has.</summary>
    /// <param name="url">The address of the server, with the namespace if it is not the default one.</param>
    /// <param name="options">Options of socket.io-client, such as <c>{ transports: ["websocket"] }</c>.</param>
    /// <param name="auth">What it presents when it connects.</param>
    /// <param name="pid">The private session id that it has from an earlier connection.</param>
    /// <param name="offset">The last offset that it has from an earlier connection.</param>
    public async Task<NodeClient> OpenAsync(
        string url, object? options = null, object? auth = null, string? pid = null, string? offset = null)
    {
        NodeClient client = Add();
        await client.DoAsync("connect", new { url, options, auth, pid, offset });
        return client;
    }

    /// <summary>Adds a client and waits until it has connected, and has changed to WebSocket if it does.</summary>
    public async Task<NodeClient> ConnectAsync(string url, NodeTransport transport = NodeTransport.WebSocket, object? auth = null)
    {
        NodeClient client = await OpenAsync(url, transport.Options(), auth);
        await client.ConnectedAsync();
        if (transport == NodeTransport.Default)
        {
            await client.UpgradedAsync();
        }

        return client;
    }

    /// <summary>Adds a client for another namespace on the connection of a client of this page.</summary>
    public async Task<NodeClient> ShareAsync(NodeClient other, string @namespace, object? auth = null)
    {
        NodeClient client = Add();
        await client.DoAsync("connect", new { with = other.Name, @namespace, auth });
        await client.ConnectedAsync();
        return client;
    }

    /// <summary>Stops the process, so that it reads nothing, until <see cref="Continue"/>.</summary>
    public void Pause() => _node.Send(PosixSignal.Stop);

    /// <summary>Lets the process go on.</summary>
    public void Continue() => _node.Send(PosixSignal.Continue);

    /// <summary>Writes one command.</summary>
    public async Task WriteAsync(Dictionary<string, object?> command)
    {
        await _writing.WaitAsync();
        try
        {
            await _node.WriteAsync(JsonSerializer.Serialize(command) + "\n");
        }
        finally
        {
            _writing.Release();
        }
    }

    public override string ToString() => $"{_node.Output}\n{_node.Error}";

    /// <summary>Ends the process at once, and with it every connection of the page.</summary>
    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _reading.OrTimeout();
    }

    private NodeClient Add()
    {
        string name = $"{Interlocked.Increment(ref _names)}";
        return _clients[name] = new NodeClient(this, name);
    }

    private async Task ReadAsync()
    {
        await foreach (string line in _node.Output.ReadAllAsync())
        {
            JsonElement told = JsonSerializer.Deserialize<JsonElement>(line);
            _clients[told.GetProperty("client").GetString()!].Told(told);
        }

        foreach (NodeClient client in _clients.Values)
        {
            client.Ended();
        }
    }
}
