using System.Text.RegularExpressions;
using MessageQueue.Handlers;
using MessageQueue.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace MessageQueue;

/// <summary>
/// A server: a log, its sessions, and the app's handlers. It is either self-hosted, with a listening socket of its own, and comes from
/// <see cref="StartAsync(MessageQueueOptions, ILoggerFactory?, CancellationToken)"/>; or it is part of an ASP.NET Core app, comes from the
/// app's services, and starts and stops with the app. Several servers in one process are independent. All members are thread-safe.
/// </summary>
public sealed class MessageQueueServer : IAsyncDisposable
{
    private readonly MessageQueueOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly string _name;
    private readonly HandlerHost _handlers;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _closeConnections;
    private readonly Lazy<Task> _stop;
    private ServerCore? _core;
    private WebApplication? _app;

    /// <param name="options">The options, checked and not changed any more.</param>
    /// <param name="loggers">Makes the loggers.</param>
    /// <param name="name">The server's name among the servers of the app; empty for none.</param>
    internal MessageQueueServer(MessageQueueOptions options, ILoggerFactory loggers, string name = "")
    {
        _name = name;
        _options = options;
        _loggers = loggers;
        _handlers = new HandlerHost(options, loggers.CreateLogger("MessageQueue.Handlers"));
        _closeConnections = new Lazy<Task>(() => _core?.CloseConnectionsAsync() ?? Task.CompletedTask);
        _stop = new Lazy<Task>(StopOnceAsync);
    }

    /// <summary>The address of a self-hosted server, with the real port; empty for a server that is part of an app.</summary>
    public string Url { get; private set; } = "";

    /// <summary>
    /// Completes when the server has stopped. Faults when the server has failed, with the cause, such as <see cref="LogFailedException"/>:
    /// its clients were closed with 1011 then. The process should end and start again, which recovers the log.
    /// </summary>
    public Task Completion => _completion.Task;

    /// <summary>The number of open connections; 0 before the server has started.</summary>
    public int ConnectionCount => _core?.ConnectionCount ?? 0;

    /// <summary>The running server; null before the start.</summary>
    internal ServerCore? StartedCore => _core;

    /// <summary>The running server.</summary>
    /// <exception cref="ServerStoppedException">The server has not started yet.</exception>
    internal ServerCore Core => _core ?? throw new ServerStoppedException("The server has not started yet.");

    /// <summary>Opens the log, recovers the state from it, and only then listens.</summary>
    /// <inheritdoc cref="StartAsync(MessageQueueOptions, Action{MessageQueueServer}, ILoggerFactory?, CancellationToken)" />
    public static Task<MessageQueueServer> StartAsync(
        MessageQueueOptions options, ILoggerFactory? loggerFactory = null, CancellationToken cancellationToken = default) =>
        StartAsync(options, static _ => { }, loggerFactory, cancellationToken);

    /// <summary>
    /// Adds the app's handlers, opens the log, recovers the state from it, and only then listens. So no client comes before the handlers.
    /// </summary>
    /// <param name="options">The options; they are checked and copied.</param>
    /// <param name="configure">Adds handlers through <see cref="Of(string)"/>. It cannot emit yet.</param>
    /// <param name="loggerFactory">Makes the loggers; null logs nothing.</param>
    /// <param name="cancellationToken">Cancels the start: it stops the reading of the log, which leaves the disk unchanged, and the waiting
    /// for the socket.</param>
    /// <exception cref="ArgumentException">An option has a value that is not allowed; the message names the option.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled before the server listened.</exception>
    /// <exception cref="LogLockedException">Another process uses the data directory.</exception>
    /// <exception cref="LogDamagedException">Synced data is damaged; nothing was changed.</exception>
    /// <exception cref="MessageQueueException">The server cannot listen on the address.</exception>
    /// <exception cref="IOException">The data directory cannot be used.</exception>
    public static async Task<MessageQueueServer> StartAsync(
        MessageQueueOptions options, Action<MessageQueueServer> configure, ILoggerFactory? loggerFactory = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        MessageQueueServer server = new(OptionsValidation.Freeze(options), loggerFactory ?? NullLoggerFactory.Instance);
        configure(server);
        try
        {
            await server.OpenAsync(cancellationToken).ConfigureAwait(false);
            server._app = await SelfHost.ListenAsync(server._core!, server._options, server._loggers, cancellationToken)
                .ConfigureAwait(false);
            server.Url = SelfHost.AddressOf(server._app);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Returns the namespace of this name, to add handlers to it and to emit to it. Returns the same object every time.
    /// </summary>
    /// <param name="path">
    /// <c>/</c>, or a path such as <c>/chat</c>. Clients connect to this path, below the path that the server is mapped to.
    /// </param>
    /// <exception cref="ArgumentException">The path is not a valid namespace.</exception>
    public Namespace Of(string path) => _handlers.Of(path);

    /// <summary>
    /// Makes namespaces when clients connect to them: every one whose name <paramref name="matches"/> accepts. <see cref="Of(string)"/>
    /// with such a name makes it too. Of several rules that accept a name, the first one makes the namespace.
    /// </summary>
    /// <remarks>
    /// A namespace that a client brought into being goes, with its handlers, when the server knows no session of it any more; the next
    /// client makes it anew. One that was asked for by name stays, and so does one with durable handlers or observers; those are also made
    /// at the start, if the log has events for them. At most <see cref="MessageQueueOptions.MaxDynamicNamespaces"/> exist at a time.
    /// </remarks>
    /// <param name="matches">Whether clients may use the namespace of this name, such as <c>/team-7</c>. Called for each connecting client
    /// whose namespace does not exist; must be fast, thread-safe, and the same for the same name. If it throws, the answer is no. What
    /// depends on the client is for <see cref="Namespace.UseConnect"/>.</param>
    /// <param name="configure">Adds handlers and middlewares to a new namespace, through the object that it gets. Must be fast.</param>
    public void Of(Func<string, bool> matches, Action<Namespace> configure)
    {
        ArgumentNullException.ThrowIfNull(matches);
        ArgumentNullException.ThrowIfNull(configure);
        _handlers.AddRule(matches, configure);
    }

    /// <summary>
    /// Makes namespaces when clients connect to them: every one whose name the pattern matches, for example <c>^/team-\d+$</c>. Anchor the
    /// pattern at both ends: it is tried on names of up to 255 characters that clients choose.
    /// </summary>
    /// <inheritdoc cref="Of(Func{string, bool}, Action{Namespace})" path="/remarks" />
    /// <param name="pattern">The pattern of the names; a time-out counts as no match.</param>
    /// <param name="configure">Adds handlers and middlewares to a new namespace, through the object that it gets. Must be fast.</param>
    public void Of(Regex pattern, Action<Namespace> configure)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Of(pattern.IsMatch, configure);
    }

    /// <summary>
    /// Stops the server: refuses new connections, closes clients with 1001, waits for handlers, writes to the log what was received, and
    /// closes the log. A second call waits for the first one. In an ASP.NET Core app, the app's stop does this.
    /// </summary>
    /// <param name="cancellationToken">Stops the waiting; the server goes on stopping.</param>
    public Task StopAsync(CancellationToken cancellationToken = default) => _stop.Value.WaitAsync(cancellationToken);

    /// <summary>
    /// Stops the server, if it has not stopped yet, and frees its resources. Does not throw the exception of <see cref="Completion"/>.
    /// </summary>
    public async ValueTask DisposeAsync() => await _stop.Value.ConfigureAwait(false);

    /// <summary>Opens the log and recovers the state from it. Afterwards connections may come.</summary>
    /// <param name="cancellationToken">Cancels the recovery, which leaves the disk unchanged.</param>
    internal async Task OpenAsync(CancellationToken cancellationToken = default)
    {
        _core = new ServerCore(_options, _handlers, _loggers, _name, cancellationToken);
        _ = _core.Completion.ContinueWith(
            ended => _completion.TrySetFromTask(ended),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        await _core.StartHandlersAsync().ConfigureAwait(false);
    }

    /// <summary>Closes all clients with 1001, and every client that comes later.</summary>
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
