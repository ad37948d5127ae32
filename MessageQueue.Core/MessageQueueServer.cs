using MessageQueue.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue;

/// <summary>
/// A self-hosted server: a log, its sessions, and a listening socket, in any process. Several in one process do not meet. All members are thread-safe.
/// </summary>
public sealed class MessageQueueServer : IAsyncDisposable
{
    private readonly ServerCore _core;
    private readonly WebApplication _app;
    private readonly Lazy<Task> _stop;

    private MessageQueueServer(ServerCore core, WebApplication app)
    {
        _core = core;
        _app = app;
        _stop = new Lazy<Task>(StopOnceAsync);
        Url = SelfHost.AddressOf(app);
    }

    /// <summary>Where it listens, with the real port.</summary>
    public string Url { get; }

    /// <summary>
    /// Ends when the server has stopped. Faults when it failed by itself, with the cause, such as <see cref="LogFailedException"/>: clients were then closed with 1011,
    /// and the process should end and start again, which recovers the log.
    /// </summary>
    public Task Completion => _core.Completion;

    /// <summary>What is behind it.</summary>
    internal ServerCore Core => _core;

    /// <summary>Opens the log, recovers, and only then listens.</summary>
    /// <param name="options">Checked and copied.</param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="cancellationToken">Gives up waiting for the socket.</param>
    /// <exception cref="ArgumentException">An option is not allowed; the message names it.</exception>
    /// <exception cref="LogLockedException">Another process has the data directory.</exception>
    /// <exception cref="LogDamagedException">Synced data is damaged; nothing was changed.</exception>
    /// <exception cref="MessageQueueException">The address cannot be listened on.</exception>
    /// <exception cref="IOException">The data directory cannot be used.</exception>
    public static async Task<MessageQueueServer> StartAsync(
        MessageQueueOptions options, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default)
    {
        MessageQueueOptions frozen = OptionsValidation.Freeze(options);
        loggerFactory ??= NullLoggerFactory.Instance;
        ServerCore core = new(frozen, loggerFactory);
        try
        {
            WebApplication app = await SelfHost.ListenAsync(core, frozen, loggerFactory, cancellationToken).ConfigureAwait(false);
            return new MessageQueueServer(core, app);
        }
        catch
        {
            await core.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes no new connections, closes clients with 1001, brings what was received to the log, and closes it. Calling it again waits for the first call.</summary>
    /// <param name="cancellationToken">Gives up waiting; the server goes on stopping.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _stop.Value.WaitAsync(cancellationToken);

    /// <summary>Stops the server, if that has not been done, and frees what it holds. Does not throw what <see cref="Completion"/> faulted with.</summary>
    public async ValueTask DisposeAsync() => await _stop.Value.ConfigureAwait(false);

    private async Task StopOnceAsync()
    {
        Task closed = _core.CloseConnectionsAsync();
        await _app.StopAsync().ConfigureAwait(false);
        await closed.ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        await _core.DisposeAsync().ConfigureAwait(false);
    }
}
