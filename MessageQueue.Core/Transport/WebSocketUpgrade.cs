using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace MessageQueue.Transport;

/// <summary>
/// Accepts WebSocket handshakes with ASP.NET Core's own middleware, around a stream of ours. The middleware picks up the upgrade feature
/// when it runs, so it is run here, after the feature is wrapped. It does not matter whether the app also has the middleware in its
/// pipeline.
/// </summary>
internal static class WebSocketUpgrade
{
    private static readonly WebSocketMiddleware Middleware = new(
        static _ => Task.CompletedTask,
        Options.Create(new WebSocketOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan }),
        NullLoggerFactory.Instance);

    /// <summary>Whether the request is a WebSocket handshake that can be accepted.</summary>
    public static async ValueTask<bool> IsRequestAsync(HttpContext context)
    {
        // The middleware also accepts two cases that are wrong: HTTP/1.0, which has no upgrade, and two WebSocket versions of which it
        // knows one.
        if (HttpProtocol.IsHttp10(context.Request.Protocol) || !HandshakeRefusal.HasVersion(context.Request))
        {
            return false;
        }

        await Middleware.Invoke(context).ConfigureAwait(false);
        return context.WebSockets.IsWebSocketRequest;
    }

    /// <summary>Accepts the handshake.</summary>
    /// <exception cref="InvalidOperationException">Not a WebSocket handshake.</exception>
    public static async ValueTask<(WebSocket WebSocket, ConnectionStream Stream)> AcceptAsync(
        HttpContext context, int maxMessageBytes, string? subProtocol)
    {
        bool hasStream = context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };
        if (!hasStream)
        {
            return await AcceptWithoutStreamAsync(context, maxMessageBytes, subProtocol).ConfigureAwait(false);
        }

        CapturingUpgradeFeature? upgrade = null;
        CapturingConnectFeature? connect = null;
        if (context.Features.Get<IHttpUpgradeFeature>() is { } upgradeFeature)
        {
            context.Features.Set<IHttpUpgradeFeature>(upgrade = new CapturingUpgradeFeature(upgradeFeature, maxMessageBytes));
        }

        if (context.Features.Get<IHttpExtendedConnectFeature>() is { } connectFeature)
        {
            context.Features.Set<IHttpExtendedConnectFeature>(connect = new CapturingConnectFeature(connectFeature, maxMessageBytes));
        }

        // Without this line, the middleware keeps the feature of an earlier run, which has the features that were not wrapped yet.
        context.Features.Set<IHttpWebSocketFeature>(null);
        await Middleware.Invoke(context).ConfigureAwait(false);

        await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = subProtocol }).ConfigureAwait(false);
        ConnectionStream stream = upgrade?.Stream ?? connect?.Stream
            ?? throw new InvalidOperationException("The server accepted the WebSocket without a stream.");

        // Not the WebSocket that the middleware made: that one aborts the request as soon as it finds an error or is disposed, and a close
        // frame that is not sent yet would be lost. It has no timer and was never read from, so it can be ignored. No keep-alive interval,
        // because we have our own heartbeat.
        WebSocket webSocket = WebSocket.CreateFromStream(
            stream,
            new WebSocketCreationOptions { IsServer = true, SubProtocol = subProtocol, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        return (webSocket, stream);
    }

    // Test servers offer only a WebSocket. It becomes a stream, and the connection uses a WebSocket of the framework around that stream.
    private static async ValueTask<(WebSocket WebSocket, ConnectionStream Stream)> AcceptWithoutStreamAsync(
        HttpContext context, int maxMessageBytes, string? subProtocol)
    {
        WebSocket inner = await context.WebSockets.AcceptWebSocketAsync(subProtocol).ConfigureAwait(false);
        context.Response.RegisterForDispose(inner);
        ConnectionStream stream = new(new WebSocketStream(inner, context.RequestAborted), maxMessageBytes);
        WebSocket webSocket = WebSocket.CreateFromStream(
            stream,
            new WebSocketCreationOptions { IsServer = true, SubProtocol = subProtocol, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        return (webSocket, stream);
    }
}
