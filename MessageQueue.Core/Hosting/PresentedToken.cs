using Microsoft.AspNetCore.Http;

namespace MessageQueue.Hosting;

/// <summary>The token of a request that has none in its query.</summary>
internal static class PresentedToken
{
    /// <summary>What <c>Authorization: Bearer</c> carries; null for none.</summary>
    public static string? OfHeader(HttpRequest request)
    {
        const string Scheme = "Bearer ";
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;
    }
}
