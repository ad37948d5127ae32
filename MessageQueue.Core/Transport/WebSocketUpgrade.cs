using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace MessageQueue.Transport;

/// <summary>
/// The handshake, done by ASP.NET Core's own middleware around a stream of ours. The middleware takes the upgrade feature when it runs, so
/// it is run here, once the feature is wrapped; whether the app has it in its pipeline makes no difference.
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
        // The middleware takes the first version of HTTP for a good one, which knows no upgrade, and takes two versions of WebSocket where
        // one of them is known.
        if (HttpProtocol.IsHttp10(context.Request.Protocol) || !HandshakeRefusal.HasVersion(context.Request))
        {
            return false;
        }

        await Middleware.Invoke(context).ConfigureAwait(false);
        return context.WebSockets.IsWebSocketRequest;
    }

    /// <summary>Answers the handshake.</summary>
    /// <exception cref="InvalidOperationException">Not a WebSocket handshake.</exception>
    public static async ValueTask<(WebSocket WebSocket, ConnectionStream Stream)> AcceptAsync(HttpContext context, int maxMessageBytes, string? subProtocol)
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

        // Without this the middleware leaves the feature of an earlier run as it is, around the features that were not wrapped yet.
        context.Features.Set<IHttpWebSocketFeature>(null);
        await Middleware.Invoke(context).ConfigureAwait(false);

        await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = subProtocol }).ConfigureAwait(false);
        ConnectionStream stream = upgrade?.Stream ?? connect?.Stream ?? throw new InvalidOperationException("The server accepted the WebSocket without a stream.");

        // Not the WebSocket that the middleware made: that one aborts the request as soon as it finds an error or is disposed, and a close
        // frame on its way is lost then. It has no timer and was never read from, so it can be dropped. The heartbeat is our own, hence no
        // interval.
        WebSocket webSocket = WebSocket.CreateFromStream(
            stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = subProtocol, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        return (webSocket, stream);
    }

    // Test servers give a WebSocket only. The one that the connection uses is then the framework's own, around that.
    private static async ValueTask<(WebSocket WebSocket, ConnectionStream Stream)> AcceptWithoutStreamAsync(
        HttpContext context, int maxMessageBytes, string? subProtocol)
    {
        WebSocket inner = await context.WebSockets.AcceptWebSocketAsync(subProtocol).ConfigureAwait(false);
        context.Response.RegisterForDispose(inner);
        ConnectionStream stream = new(new WebSocketStream(inner, context.RequestAborted), maxMessageBytes);
        WebSocket webSocket = WebSocket.CreateFromStream(
            stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = subProtocol, KeepAliveInterval = Timeout.InfiniteTimeSpan });
        return (webSocket, stream);
    }
}
