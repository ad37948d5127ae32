using MessageQueue.Host.Settings;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.Host;

/// <summary>Opens the permissions, which the library leaves closed: whoever may connect to this host may be any session, join and emit.</summary>
internal static class Permissions
{
    /// <summary>Sets all three delegates of the server's options.</summary>
    public static void Open(HostSettings settings)
    {
        TokenGate? gate = settings.Token is string token ? new TokenGate(token) : null;
        settings.Server.AuthorizeConnect = request => ValueTask.FromResult(gate is null || gate.Admits(request.Token));
        settings.Server.AuthorizeJoin = _ => ValueTask.FromResult(true);
        settings.Server.AuthorizeEmit = _ => ValueTask.FromResult(true);
        settings.Server.AuthorizeMetrics = context => ValueTask.FromResult(gate is null || gate.Admits(TokenOf(context.Request)));
    }

    // As clients present it: Prometheus sends a bearer token, a person at a browser a parameter.
    private static string? TokenOf(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : request.Query["token"].ToString();
    }
}
