using System.Text;
using MessageQueue.Connections;
using MessageQueue.Connections.Json;
using MessageQueue.Hosting;
using MessageQueue.Pipeline;
using MessageQueue.Protocol;
using MessageQueue.Storage;
using MessageQueue.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue.Tests.Pipeline;

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
            log, snapshots, OptionsMapping.ToBrokerLimits(options), options.TimeProvider, NullLogger.Instance);
        Services = new ConnectionServices(Broker, new AppPermissions(options, NullLogger.Instance), NoSessionEvents.Instance);
        Json = new JsonDialect(Services, "test");
    }

    public Broker Broker { get; }

    public ConnectionServices Services { get; }

    public JsonDialect Json { get; }

    /// <summary>Connects and waits for the welcome.</summary>
    public async Task<(JsonConnection Client, FakeOutput Output)> ConnectAsync(string session, params string[] rooms)
    {
        FakeOutput output = new();
        JsonConnection client = new(Json, output, new ConnectionParameters { Session = session, Rooms = rooms });
        await client.AttachAsync().OrTimeout();
        await output.NextAsync("welcome");
        return (client, output);
    }

    public static Task SendAsync(JsonConnection client, string message) =>
        client.OnMessageAsync(Encoding.UTF8.GetBytes(message)).OrTimeout();

    public async ValueTask DisposeAsync() => await Broker.DisposeAsync().OrTimeout();
}
