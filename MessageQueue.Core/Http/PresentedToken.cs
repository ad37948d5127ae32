using MessageQueue.Protocol;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>
/// Finds the token of a request: in the query, or else in the header <c>Authorization: Bearer</c>, or else among the WebSocket
/// sub-protocols, where browsers can put it without it being in an address.
/// </summary>
internal static class PresentedToken
{
    /// <summary>Returns the token of a request whose query was not read before; null for none.</summary>
    public static string? Of(HttpRequest request) => Of(request, new ConnectionQuery(request.Query).ReadToken());

    /// <summary>Returns the token of a request; null for none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="inQuery">The token in its query, as <see cref="ConnectionQuery.ReadToken"/> returns it.</param>
    public static string? Of(HttpRequest request, string? inQuery)
    {
        const string Scheme = "Bearer ";
        const string SubProtocol = "mq.token.";
        string header = request.Headers.Authorization.ToString();
        return inQuery
            ?? (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null)
            ?? request.HttpContext.WebSockets.WebSocketRequestedProtocols
                .FirstOrDefault(static offered => offered.StartsWith(SubProtocol, StringComparison.Ordinal))?[SubProtocol.Length..];
    }
}
