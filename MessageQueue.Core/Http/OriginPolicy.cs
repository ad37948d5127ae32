using System.Collections.Concurrent;
using MessageQueue.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Http;

/// <summary>
/// Which pages may connect. A browser sends the page's origin with a WebSocket handshake and asks nobody, so the server has to look:
/// without this any page that a user visits could speak to a server on the user's own machine.
/// </summary>
internal sealed class OriginPolicy(IEnumerable<string> allowed, ILogger logger)
{
    // Whoever looks for the reason finds it in the log, and a page that tries for ever does not fill it.
    private const int MostReported = 100;

    private readonly HashSet<string> _allowed = new(allowed.Select(static origin => origin.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, bool> _reported = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns whether the request comes from no page, from a page of this server, or from one that is allowed.</summary>
    public bool Allows(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        if (origin.Length == 0
            || _allowed.Contains("*")
            || _allowed.Contains(origin)
            || (Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && IsHost(uri, request.Host)))
        {
            return true;
        }

        if (_reported.Count < MostReported && _reported.TryAdd(origin, true))
        {
            HostingLog.OriginRefused(logger, origin);
        }

        return false;
    }

    // A host without a port means the default port of the page's scheme, which is left out of the origin too.
    private static bool IsHost(Uri origin, HostString host) =>
        string.Equals(origin.Authority, host.Value, StringComparison.OrdinalIgnoreCase)
        || (string.Equals(origin.Host, host.Host, StringComparison.OrdinalIgnoreCase) && host.Port == origin.Port);
}
