using MessageQueue.SocketIO;
using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>A server in this process that speaks Socket.IO too, a network with faults before it, and a page with stock clients.</summary>
internal sealed class SocketIOWorld : IAsyncDisposable
{
    private SocketIOWorld(TestServer server)
    {
        Server = server;
        Network = new FaultProxy(server.Url);
    }

    /// <summary>The server.</summary>
    public TestServer Server { get; }

    /// <summary>The default namespace of the server.</summary>
    public Namespace Root => Server.Server.Of("/");

    /// <summary>The network between the server and its clients.</summary>
    public FaultProxy Network { get; }

    /// <summary>A page with clients.</summary>
    public NodePage Page { get; private set; } = NodePage.Open();

    public static Task<SocketIOWorld> StartAsync(Action<SocketIOOptions>? configure = null) => HandlingAsync(static _ => { }, configure);

    /// <summary>Starts a server with handlers.</summary>
    public static async Task<SocketIOWorld> HandlingAsync(
        Action<MessageQueueServer> handle, Action<SocketIOOptions>? configure = null, Action<MessageQueueOptions>? server = null)
    {
        Requires.SocketIOClient();
        return new SocketIOWorld(await TestServer.HandlingAsync(
            server =>
            {
                // A namespace has to be there before its first session, to know which are connected.
                server.Of("/");
                handle(server);
            },
            options =>
            {
                options.UseSocketIO(configure);
                server?.Invoke(options);
            }));
    }

    /// <summary>Connects a client through the network.</summary>
    public Task<NodeClient> ConnectAsync(NodeTransport transport = NodeTransport.WebSocket, object? auth = null) =>
        Page.ConnectAsync(Network.Url, transport, auth);

    /// <summary>Closes the page with its clients and opens it again, without any.</summary>
    public async Task ReloadAsync()
    {
        await Page.DisposeAsync();
        Page = NodePage.Open();
    }

    /// <summary>Cuts the client off, runs the action, and lets the client come back.</summary>
    public async Task WhileAwayAsync(NodeClient client, Func<Task> action)
    {
        Network.Refuses = true;
        Network.Cut();
        await client.DisconnectedAsync();
        await action();
        Network.Refuses = false;
        await client.ConnectedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Page.DisposeAsync();
        await Network.DisposeAsync();
        await Server.DisposeAsync();
    }
}
