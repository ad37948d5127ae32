using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MessageQueue.Transport;

/// <summary>Answers requests that cannot be accepted as a WebSocket handshake (RFC 6455 sections 4.2.1 and 4.4).</summary>
internal static class HandshakeRefusal
{
    /// <summary>The protocol's name in the handshake.</summary>
    public const string WebSocket = "websocket";

    private const string Version = "13";

    /// <summary>
    /// Sets the status: 405 for a method other than GET; 426, with the supported version, for another WebSocket version; else 400.
    /// </summary>
    public static void Answer(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;
        if (!HttpMethods.IsGet(request.Method))
        {
            headers.Allow = HttpMethods.Get;
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
        }
        else if (!HasVersion(request))
        {
            headers.SecWebSocketVersion = Version;
            headers.Upgrade = WebSocket;
            headers.Connection = HeaderNames.Upgrade;
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }

    /// <summary>Whether the client offers the supported version and no other.</summary>
    public static bool HasVersion(HttpRequest request) => request.Headers.SecWebSocketVersion == Version;

    /// <summary>Whether the client asks for a WebSocket, perhaps among other protocols.</summary>
    public static bool AsksForWebSocket(HttpRequest request) =>
        request.Headers.GetCommaSeparatedValues(HeaderNames.Upgrade).Contains(WebSocket, StringComparer.OrdinalIgnoreCase);
}
