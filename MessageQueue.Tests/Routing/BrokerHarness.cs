using System.Text;
using MessageQueue.Hosting;
using MessageQueue.Protocol;
using MessageQueue.Routing;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Routing;

/// <summary>A broker without sockets.</summary>
internal sealed class BrokerHarness : IAsyncDisposable
{
    public BrokerHarness(IEventLog log, Action<MessageQueueOptions>? configure = null)
        : this(log, new InMemorySnapshotStore(), configure)
    {
    }

    public BrokerHarness(IEventLog log, ISnapshotStore snapshots, Action<MessageQueueOptions>? configure = null)
    {
        MessageQueueOptions options = new();
        options.AllowEverything();
        configure?.Invoke(options);
        Broker = new Broker(
            log, snapshots, OptionsMapping.ToBrokerLimits(options), new Permissions(options, NullLogger.Instance), "test", options.TimeProvider, NullLogger.Instance);
    }

    public Broker Broker { get; }

    /// <summary>Connects and waits for the welcome.</summary>
    public async Task<(Client Client, FakeOutput Output)> ConnectAsync(string session, params string[] rooms)
    {
        FakeOutput output = new();
        Client client = new(Broker, output, new ConnectionParameters { Session = session, Rooms = rooms });
        await client.AttachAsync().OrTimeout();
        await output.NextAsync("welcome");
        return (client, output);
    }

    public static Task SendAsync(Client client, string message) => client.OnMessageAsync(Encoding.UTF8.GetBytes(message)).OrTimeout();

    public async ValueTask DisposeAsync() => await Broker.DisposeAsync().OrTimeout();
}
