using System.Net;
using System.Threading.Channels;
using MessageQueue.Tests.Infrastructure;
using MessageQueue.Tests.Pipeline;
using MessageQueue.Tests.Transport;
using MessageQueue.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Tests.Connections;

/// <summary>A real Kestrel on which every WebSocket speaks the dialect of channels.</summary>
internal sealed class ChannelServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Heartbeat _heartbeat;
    private readonly Channel<ChannelSocket> _accepted = Channel.CreateUnbounded<ChannelSocket>();
    private readonly ErrorRecorder _errors = new();

    private ChannelServer(BrokerHarness harness, ConnectionLimits limits)
    {
        Dialect = new ChannelDialect(harness.Services);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders().AddProvider(_errors);
        builder.WebHost.ConfigureKestrel(
            options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        _app = builder.Build();
        _heartbeat = new Heartbeat(limits, _errors);
        _app.Run(async context =>
        {
            WebSocketConnection connection = await WebSocketConnection.AcceptAsync(context, limits, null, _heartbeat, _errors);
            ChannelSocket socket = new(Dialect, connection);
            _accepted.Writer.TryWrite(socket);
            await connection.RunAsync(socket);
        });
    }

    public ChannelDialect Dialect { get; }

    public Uri Url { get; private set; } = null!;

    public static async Task<ChannelServer> StartAsync(BrokerHarness harness, int maxOutboundBytes = 1 << 20)
    {
        ChannelServer server = new(harness, TransportServer.DefaultLimits with { MaxOutboundBytes = maxOutboundBytes });
        await server._app.StartAsync(CancellationToken.None).OrTimeout();
        string address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        server.Url = new UriBuilder(address) { Scheme = "ws" }.Uri;
        return server;
    }

    public Task<ChannelSocket> AcceptedAsync() => _accepted.Reader.ReadAsync().OrTimeout();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true)).OrTimeout();
        await _app.DisposeAsync().OrTimeout();
        _heartbeat.Dispose();
        _errors.Errors.Should().BeEmpty();
    }
}
