using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MessageQueue.Hosting;

/// <summary>
/// Ties a server to its app: the log is open before anything listens; when the app begins to stop, clients are told before the listener
/// waits for them to go; and the log closes when nobody can come any more.
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
        _stopping = lifetime.ApplicationStopping.UnsafeRegister(static server => _ = ((MessageQueueServer)server!).CloseConnectionsAsync(), _server);
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
