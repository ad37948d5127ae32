using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MessageQueue.Hosting;

/// <summary>
/// Starts and stops a server with its app. The log is open before anything listens. When the app begins to stop, the clients are closed
/// first, because the listener then waits until they have disconnected. The log closes when no client can connect any more.
/// </summary>
internal sealed class ServerLifetime(IServiceProvider services, IHostApplicationLifetime lifetime, string name) : IHostedLifecycleService
{
    private MessageQueueServer? _server;
    private CancellationTokenRegistration _stopping;

    /// <inheritdoc />
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        _server = services.GetRequiredKeyedService<MessageQueueServer>(name);
        await _server.OpenAsync(cancellationToken).ConfigureAwait(false);
        _stopping = lifetime.ApplicationStopping.UnsafeRegister(
            static server => _ = ((MessageQueueServer)server!).CloseConnectionsAsync(), _server);
    }

    /// <inheritdoc />
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc />
    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _stopping.DisposeAsync().ConfigureAwait(false);
        if (_server is not null)
        {
            await _server.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
