using System.Threading.Channels;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Transport;

/// <summary>
/// A real Kestrel on its own port. Every request becomes a connection with a <see cref="RecordingHandler"/>. Requests of HTTP/1.1 hand
/// their connections over, unless the app uses WebSockets itself, so that both ways are tested.
/// </summary>
internal sealed class TransportServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Heartbeat _heartbeat;
    private readonly Channel<AcceptedConnection> _accepted = Channel.CreateUnbounded<AcceptedConnection>();
    private readonly ErrorRecorder _errors = new();
    private readonly WeakReference<object> _lastRequest = new(new object());
    private readonly TaskCompletionSource _requestEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private TransportServer(
        ConnectionLimits limits, HttpProtocols protocols, Action<RecordingHandler, IConnectionOutput>? script, bool appUsesWebSockets)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_errors);
        builder.WebHost.ConfigureKestrel(
            options => options.Listen(System.Net.IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = protocols;
                if (!appUsesWebSockets)
                {
                    listen.Use(next => connection => ConnectionHandover.ServeAsync(connection, next));
                }
            }));
        _app = builder.Build();
        _heartbeat = new Heartbeat(limits, _errors);
        if (appUsesWebSockets)
        {
            _app.UseWebSockets();
        }

        _app.Use(async (context, next) =>
        {
            await next(context);
            _requestEnded.TrySetResult();
        });
        _app.Run(async context =>
        {
            string? subProtocol = context.Request.Headers.SecWebSocketProtocol.Contains("mq.v1") ? "mq.v1" : null;
            WebSocketConnection connection = await WebSocketConnection.AcceptAsync(context, limits, subProtocol, _heartbeat, _errors);
            RecordingHandler handler = new();
            script?.Invoke(handler, connection);
            _lastRequest.SetTarget(context);
            CancellationToken aborted =
                context.Features.Get<IConnectionLifetimeFeature>()?.ConnectionClosed ?? context.RequestAborted;
            await connection.ServeAsync(() => RunAsync(connection, handler, aborted));
        });
    }

    public static ConnectionLimits DefaultLimits { get; } = new()
    {
        MaxMessageBytes = 1 << 20,
        MaxOutboundBytes = 1 << 20,
        PingInterval = TimeSpan.FromMinutes(1),
        IdleTimeout = TimeSpan.FromMinutes(2),
        CloseTimeout = TimeSpan.FromSeconds(1),
        TimeProvider = TimeProvider.System,
    };

    public CancellationToken Stopping { get; init; }

    public Uri Url { get; private set; } = null!;

    /// <summary>The errors that the test expects. Any other error fails it.</summary>
    public List<string> ExpectedErrors { get; } = [];

    public static async Task<TransportServer> StartAsync(
        ConnectionLimits? limits = null, Action<RecordingHandler, IConnectionOutput>? script = null,
        HttpProtocols protocols = HttpProtocols.Http1, bool appUsesWebSockets = false, CancellationToken stopping = default)
    {
        TransportServer server = new(limits ?? DefaultLimits, protocols, script, appUsesWebSockets) { Stopping = stopping };
        await server._app.StartAsync(CancellationToken.None).OrTimeout();
        string address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Url = new UriBuilder(address) { Scheme = "ws" }.Uri;
        return server;
    }

    /// <summary>Whether the last request is still in memory.</summary>
    public bool IsLastRequestAlive => _lastRequest.TryGetTarget(out _);

    /// <summary>Completes when the app has dealt with a request.</summary>
    public Task RequestEndedAsync() => _requestEnded.Task;

    /// <summary>A script that sends every message back.</summary>
    public static void Echo(RecordingHandler handler, IConnectionOutput output) =>
        handler.OnMessage = message => EchoAsync(message, output);

    public static ValueTask EchoAsync(ReadOnlyMemory<byte> message, IConnectionOutput output)
    {
        output.Write(WebSocketFrame.BuildText(message.Span));
        output.Flush();
        return ValueTask.CompletedTask;
    }

    public Task<AcceptedConnection> AcceptedAsync() => _accepted.Reader.ReadAsync().OrTimeout();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).OrTimeout();
        await _app.DisposeAsync().OrTimeout();
        _heartbeat.Dispose();
        _errors.Errors.Where(error => !ExpectedErrors.Any(error.Contains)).Should().BeEmpty();
    }

    private async Task RunAsync(WebSocketConnection connection, RecordingHandler handler, CancellationToken aborted)
    {
        Task ended = connection.RunAsync(handler, Stopping);
        _accepted.Writer.TryWrite(new AcceptedConnection(connection, handler, ended, aborted));
        await ended;
    }
}
