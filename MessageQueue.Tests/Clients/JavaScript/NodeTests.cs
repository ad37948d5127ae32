using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.Clients.JavaScript;

/// <summary>A server in this process, a network that a test can break, the JavaScript client behind it, and Bob, who is not.</summary>
internal abstract class NodeTests : IAsyncDisposable
{
    /// <summary>The server.</summary>
    protected TestServer Server { get; private set; } = null!;

    /// <summary>The network between the client and the server.</summary>
    protected FaultProxy Proxy { get; private set; } = null!;

    /// <summary>Another session, in the room <c>lobby</c>, on a network that works.</summary>
    protected EventClient Bob { get; private set; } = null!;

    /// <summary>The client, once a test has made it.</summary>
    protected NodeClient? Client { get; set; }

    [SetUp]
    public async Task SetUp()
    {
        Requires.NodeWebSocket();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (Client?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Bob?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Proxy?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Server?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>Replaces the server by one with other options or handlers.</summary>
    protected async Task RestartAsync(Action<MessageQueueOptions>? configure, Action<MessageQueueServer>? handle = null)
    {
        await DisposeAsync();
        await StartAsync(configure, handle);
    }

    private async Task StartAsync(Action<MessageQueueOptions>? configure = null, Action<MessageQueueServer>? handle = null)
    {
        Server = await TestServer.HandlingAsync(handle ?? (static _ => { }), configure);
        Proxy = new FaultProxy(Server.Url);
        Bob = await Server.ConnectAsync("session=bob&room=lobby");
    }
}
