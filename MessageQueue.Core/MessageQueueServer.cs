using MessageQueue.Handlers;
using MessageQueue.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue;

/// <summary>
/// A server: a log, its sessions, and the app's handlers. Self-hosted with a listening socket of its own, from
/// <see cref="StartAsync(MessageQueueOptions, ILoggerFactory?, CancellationToken)"/>, or part of an ASP.NET Core app, from its services,
/// where the app's own start and stop are the server's. Several in one process do not meet. All members are thread-safe.
/// </summary>
public sealed class MessageQueueServer : IAsyncDisposable
{
    private readonly MessageQueueOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly string _name;
    private readonly HandlerHost _hub;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _closeConnections;
    private readonly Lazy<Task> _stop;
    private ServerCore? _core;
    private WebApplication? _app;

    /// <param name="options">Checked, and not changed any more.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="name">Its name among others of the app; empty for none.</param>
    internal MessageQueueServer(MessageQueueOptions options, ILoggerFactory loggers, string name = "")
    {
        _name = name;
        _options = options;
        _loggers = loggers;
        _hub = new HandlerHost(options, loggers.CreateLogger("MessageQueue.Handlers"));
        _closeConnections = new Lazy<Task>(() => _core?.CloseConnectionsAsync() ?? Task.CompletedTask);
        _stop = new Lazy<Task>(StopOnceAsync);
    }

    /// <summary>Where a self-hosted server listens, with the real port; empty for one that is part of an app.</summary>
    public string Url { get; private set; } = "";

    /// <summary>
    /// Ends when the server has stopped. Faults when it failed by itself, with the cause, such as <see cref="LogFailedException"/>: clients
    /// were then closed with 1011, and the process should end and start again, which recovers the log.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>How many connections are open; 0 before it has started.</summary>
    public int ConnectionCount => _core?.ConnectionCount ?? 0;

    /// <summary>What is behind it, once it has started; null before.</summary>
    internal ServerCore? StartedCore => _core;

    /// <summary>What is behind it.</summary>
    internal ServerCore Core => _core ?? throw new ServerStoppedException("The server has not started yet.");

    /// <summary>Opens the log, recovers, and only then listens.</summary>
    /// <inheritdoc cref="StartAsync(MessageQueueOptions, Action{MessageQueueServer}, ILoggerFactory?, CancellationToken)" />
    public static Task<MessageQueueServer> StartAsync(
        MessageQueueOptions options, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default) =>
        StartAsync(options, static _ => { }, loggerFactory, cancellationToken);

    /// <summary>Adds the app's handlers, opens the log, recovers, and only then listens: no client comes before its handlers.</summary>
    /// <param name="options">Checked and copied.</param>
    /// <param name="configure">Adds handlers by way of <see cref="Of"/>. Nothing can be emitted yet.</param>
    /// <param name="loggerFactory">Where to log; null for nowhere.</param>
    /// <param name="cancellationToken">Gives up the start: stops the reading of the log, which leaves the disk as it was, and the waiting
    /// for the socket.</param>
    /// <exception cref="ArgumentException">An option is not allowed; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the server listened.</exception>
    /// <exception cref="LogLockedException">Another process has the data directory.</exception>
    /// <exception cref="LogDamagedException">Synced data is damaged; nothing was changed.</exception>
    /// <exception cref="MessageQueueException">The address cannot be listened on.</exception>
    /// <exception cref="IOException">The data directory cannot be used.</exception>
    public static async Task<MessageQueueServer> StartAsync(
        MessageQueueOptions options, Action<MessageQueueServer> configure, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        MessageQueueServer server = new(OptionsValidation.Freeze(options), loggerFactory ?? NullLoggerFactory.Instance);
        configure(server);
        try
        {
            await server.OpenAsync(cancellationToken).ConfigureAwait(false);
            server._app = await SelfHost.ListenAsync(server._core!, server._options, server._loggers, cancellationToken).ConfigureAwait(false);
            server.Url = SelfHost.AddressOf(server._app);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The namespace of this name, to add handlers to and to emit to. The same object every time.</summary>
    /// <param name="path"><c>/</c>, or as <c>/chat</c>; what clients connect to, below what the server is mapped to.</param>
    /// <exception cref="ArgumentException">It cannot be a namespace.</exception>
    public Namespace Of(string path) => _hub.Of(path);

    /// <summary>
    /// Takes no new connections, closes clients with 1001, waits for handlers, brings what was received to the log, and closes it. Calling
    /// it again waits for the first call. In an ASP.NET Core app the app's stop does this.
    /// </summary>
    /// <param name="cancellationToken">Gives up waiting; the server goes on stopping.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _stop.Value.WaitAsync(cancellationToken);

    /// <summary>
    /// Stops the server, if that has not been done, and frees what it holds. Does not throw what <see cref="Completion"/> faulted with.
    /// </summary>
    public async ValueTask DisposeAsync() => await _stop.Value.ConfigureAwait(false);

    /// <summary>Opens the log and recovers; afterwards connections may come.</summary>
    /// <param name="cancellationToken">Stops the recovery, which leaves the disk as it was.</param>
    internal async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        _core = new ServerCore(_options, _hub, _loggers, _name, cancellationToken);
        _ = _core.Completion.ContinueWith(
            ended => _completion.TrySetFromTask(ended), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await _core.StartHandlersAsync().ConfigureAwait(false);
    }

    /// <summary>Closes clients with 1001, and every later one.</summary>
    internal Task CloseConnectionsAsync() => _closeConnections.Value;

    private async Task StopOnceAsync()
    {
        Task closed = CloseConnectionsAsync();
        if (_app is not null)
        {
            await _app.StopAsync().ConfigureAwait(false);
        }

        await closed.ConfigureAwait(false);
        if (_app is not null)
        {
            await _app.DisposeAsync().ConfigureAwait(false);
        }

        if (_core is not null)
        {
            await _core.DisposeAsync().ConfigureAwait(false);
        }

        _completion.TrySetResult();
    }
}
