using MessageQueue.Tests.EndToEnd;
using MessageQueue.Tests.Infrastructure;

namespace MessageQueue.Tests.SocketIO.EndToEnd;

/// <summary>The real console host, as a process that can be killed, behind an address that stays the same over its lives.</summary>
internal sealed class HostWorld : IAsyncDisposable
{
    private readonly TemporaryDirectory _data;
    private HostProcess _host;

    private HostWorld(TemporaryDirectory data, HostProcess host)
    {
        _data = data;
        _host = host;
        Network = new FaultProxy(host.Url);
    }

    /// <summary>The network between the host and its clients.</summary>
    public FaultProxy Network { get; }

    public static async Task<HostWorld> StartAsync()
    {
        Requires.SocketIOClient();
        Requires.Signals();
        TemporaryDirectory data = new();
        return new HostWorld(data, await HostProcess.StartAsync(data.FullName));
    }

    /// <summary>Kills the host with SIGKILL, runs the action, and starts the host again on the same data.</summary>
    public async Task KillAsync(Func<Task>? whileDead = null)
    {
        await _host.KillAsync();
        await (whileDead?.Invoke() ?? Task.CompletedTask);
        await _host.DisposeAsync();
        _host = await HostProcess.StartAsync(_data.FullName);
        Network.PointTo(_host.Url);
    }

    /// <summary>Connects a client of the JSON protocol, not through the network.</summary>
    public Task<EventClient> ConnectAsync(string query, string ns = "/") => EventClient.ConnectAsync(_host.Url + ns, query);

    public async ValueTask DisposeAsync()
    {
        await Network.DisposeAsync();
        await _host.DisposeAsync();
        _data.Dispose();
    }
}
