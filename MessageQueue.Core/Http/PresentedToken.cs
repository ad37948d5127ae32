using Microsoft.AspNetCore.Http;

namespace MessageQueue.Http;

/// <summary>The token that a request presents.</summary>
internal static class PresentedToken
{
    /// <summary>What <c>token</c> in the query says, else the header; null for none.</summary>
    public static string? Of(HttpRequest request) => request.Query["token"].ToString() is { Length: > 0 } token ? token : OfHeader(request);

    /// <summary>What <c>Authorization: Bearer</c> carries; null for none.</summary>
    public static string? OfHeader(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }
}
