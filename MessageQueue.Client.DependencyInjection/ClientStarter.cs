using MessageQueue.Client;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Connects a client once the app has started, without waiting for it. The container closes the client.</summary>
internal sealed class ClientStarter(MessageQueueClient client) : IHostedLifecycleService
{
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        client.Reconnect();
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
