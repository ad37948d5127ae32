using MessageQueue.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Hosting;

/// <summary>Listens for a self-hosted server: with Kestrel, on HTTP/1.1, and with each path as a namespace or a dialect.</summary>
internal static class SelfHost
{
    private const double MinBodyBytesPerSecond = 240;
    private static readonly TimeSpan ShortestGrace = TimeSpan.FromSeconds(1.5);

    /// <summary>
    /// Starts to listen. Uses nothing else of ASP.NET Core: no routing, no static files, no configuration from the environment.
    /// </summary>
    /// <exception cref="MessageQueueException">The server cannot listen on the address, or not use its certificate.</exception>
    public static async Task<WebApplication> ListenAsync(
        ServerCore core, MessageQueueOptions options, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.Replace(ServiceDescriptor.Singleton(loggerFactory));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseUrls(options.Url);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.RequestHeadersTimeout = options.HandshakeTimeout;
            kestrel.Limits.KeepAliveTimeout = options.HandshakeTimeout;

            // A body that stops or comes too slowly ends with 408. Kestrel checks once a second and allows no shorter time than that.
            TimeSpan grace = options.HandshakeTimeout > ShortestGrace ? options.HandshakeTimeout : ShortestGrace;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(MinBodyBytesPerSecond, grace);
            kestrel.Limits.MaxRequestBodySize = options.MaxMessageBytes;
            // Connections beyond our own limit are accepted so that they can be refused with a reason. This bounds their number; Kestrel
            // closes any further connection. A client of another dialect may use two at a time, as long-polling does.
            kestrel.Limits.MaxConcurrentConnections = ((long)options.MaxConnections * (options.Dialects.Count > 0 ? 2 : 1)) + 256;
            kestrel.ConfigureEndpointDefaults(static endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                endpoint.Use(static next => connection => ConnectionHandover.ServeAsync(connection, next));
            });
        });
        ServerCertificate? certificate = options.Certificate is null
            ? null
            : new ServerCertificate(options, loggerFactory.CreateLogger("MessageQueue"));
        if (certificate is not null)
        {
            UseCertificate(builder.WebHost, certificate, options.HandshakeTimeout);
        }

        WebApplication app = builder.Build();
        if (options.TrustedProxies.Count > 0)
        {
            app.UseForwardedHeaders(TrustedProxy.Headers(options.TrustedProxies));
        }

        app.Lifetime.ApplicationStopped.Register(() => certificate?.Dispose());
        (PathString Path, RequestDelegate Serve)[] dialects =
            [.. options.Dialects.Select(dialect => (new PathString(dialect.Path), dialect.Start(core)))];
        app.Run(context =>
        {
            foreach ((PathString path, RequestDelegate serve) in dialects)
            {
                if (context.Request.Path.StartsWithSegments(path, StringComparison.Ordinal))
                {
                    return serve(context);
                }
            }

            return ServeAsync(core, context);
        });
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return app;
        }
        catch (Exception exception)
            when (exception is IOException or System.Net.Sockets.SocketException or InvalidOperationException or FormatException)
        {
            certificate?.Dispose();
            await app.DisposeAsync().ConfigureAwait(false);
            throw new MessageQueueException(
                $"Cannot listen on {options.Url}: {exception.Message} Stop the program that listens there, or choose another Url.",
                exception);
        }
    }

    /// <summary>Returns the address that it listens on, with the real port.</summary>
    public static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static void UseCertificate(IWebHostBuilder host, ServerCertificate certificate, TimeSpan handshakeTimeout)
    {
        host.UseKestrelHttpsConfiguration();
        host.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            https.HandshakeTimeout = handshakeTimeout;
            https.ServerCertificateSelector = (_, _) => certificate.Current.TargetCertificate;
            https.OnAuthenticate = (_, tls) =>
            {
                // The selector alone would leave out the certificates that lead to the root.
                tls.ServerCertificateContext = certificate.Current;
                tls.ServerCertificateSelectionCallback = null;
            };
        }));
    }

    private static Task ServeAsync(ServerCore core, HttpContext context)
    {
        // For other methods and for WebSockets, /metrics and /healthz are namespaces like any other.
        bool isRead = (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            && !context.Request.Headers.ContainsKey("Upgrade");
        if (isRead && core.MetricsText is not null && context.Request.Path == "/metrics")
        {
            return MetricsEndpoint.AnswerAsync(core, context);
        }

        if (isRead && context.Request.Path == "/healthz")
        {
            ServerHealth health = ServerHealth.Of(core);
            context.Response.StatusCode = health.Status == HealthStatus.Unhealthy
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status200OK;
            return context.Response.WriteAsync(health.Reason + "\n");
        }

        return core.ServeAsync(context, context.Request.Path.Value ?? "/");
    }

    // Does not handle signals such as Ctrl+C: the process that embeds the server decides about them.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
