using System.Buffers.Text;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Net.Http.Headers;

namespace MessageQueue.Transport;

/// <summary>
/// Accepts WebSocket handshakes (RFC 6455 section 4.2, and RFC 8441 for HTTP/2) on the server's stream. It does not matter whether the app
/// has the framework's middleware for WebSockets in its pipeline.
/// </summary>
internal static class WebSocketUpgrade
{
    private const int KeyBytes = 16;
    private static ReadOnlySpan<byte> KeySuffix => "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;

    /// <summary>Whether the request is a WebSocket handshake that can be accepted.</summary>
    public static bool IsRequest(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (HttpProtocol.IsHttp10(request.Protocol) || !HandshakeRefusal.HasVersion(request))
        {
            return false;
        }

        if (UpgradeOf(context) is not null)
        {
            return HttpMethods.IsGet(request.Method)
                && HandshakeRefusal.AsksForWebSocket(request)
                && HasToken(request, HeaderNames.Connection, HeaderNames.Upgrade)
                && IsKey(request.Headers.SecWebSocketKey.ToString());
        }

        return ConnectOf(context) is { } connect
            ? HandshakeRefusal.WebSocket.Equals(connect.Protocol, StringComparison.OrdinalIgnoreCase)
            : context.WebSockets.IsWebSocketRequest;
    }

    /// <summary>Whether the client offers this sub-protocol.</summary>
    public static bool Offers(HttpRequest request, string subProtocol) =>
        request.Headers.GetCommaSeparatedValues(HeaderNames.SecWebSocketProtocol).Contains(subProtocol, StringComparer.Ordinal);

    /// <summary>Accepts the handshake.</summary>
    /// <exception cref="InvalidOperationException">Not a WebSocket handshake.</exception>
    public static async ValueTask<UpgradedTransport> AcceptAsync(HttpContext context, string? subProtocol, ConnectionLimits limits)
    {
        if (!IsRequest(context))
        {
            throw new InvalidOperationException("The request is not a WebSocket handshake.");
        }

        context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        IHeaderDictionary headers = context.Response.Headers;
        if (UpgradeOf(context) is { } upgrade)
        {
            headers.Connection = HeaderNames.Upgrade;
            headers.Upgrade = HandshakeRefusal.WebSocket;
            headers.SecWebSocketAccept = Accept(context.Request.Headers.SecWebSocketKey.ToString());
            headers.SecWebSocketProtocol = subProtocol;
            Stream stream = await upgrade.UpgradeAsync().ConfigureAwait(false);

            // Under TLS, the transport below HTTP is not the one below TLS.
            return context.Features.Get<ConnectionHandover>() is { } handover && context.Features.Get<ITlsHandshakeFeature>() is null
                ? new UpgradedTransport(handover, context, limits)
                : new UpgradedTransport(stream, context);
        }

        if (ConnectOf(context) is { } connect)
        {
            context.Response.StatusCode = StatusCodes.Status200OK;
            headers.SecWebSocketProtocol = subProtocol;
            return new UpgradedTransport(await connect.AcceptAsync().ConfigureAwait(false), context);
        }

        // Test servers offer only a WebSocket.
        WebSocket webSocket = await context.WebSockets.AcceptWebSocketAsync(subProtocol).ConfigureAwait(false);
        context.Response.RegisterForDispose(webSocket);
        return new UpgradedTransport(new WebSocketStream(webSocket, context.RequestAborted), context);
    }

    private static IHttpUpgradeFeature? UpgradeOf(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade ? upgrade : null;

    private static IHttpExtendedConnectFeature? ConnectOf(HttpContext context) =>
        context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect ? connect : null;

    private static bool HasToken(HttpRequest request, string header, string token) =>
        request.Headers.GetCommaSeparatedValues(header).Contains(token, StringComparer.OrdinalIgnoreCase);

    private static bool IsKey(string key) =>
        key.Length == Base64.GetMaxEncodedToUtf8Length(KeyBytes)
        && Convert.TryFromBase64String(key, stackalloc byte[KeyBytes + 2], out int bytes)
        && bytes == KeyBytes;

    private static string Accept(string key)
    {
        Span<byte> text = stackalloc byte[Base64.GetMaxEncodedToUtf8Length(KeyBytes) + KeySuffix.Length];
        int length = Encoding.ASCII.GetBytes(key, text);
        KeySuffix.CopyTo(text[length..]);
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6455 demands SHA-1, and nothing here depends on its strength.
        SHA1.HashData(text, hash);
#pragma warning restore CA5350
        return Convert.ToBase64String(hash);
    }
}
