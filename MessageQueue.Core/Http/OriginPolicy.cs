using System.Collections.Concurrent;
using MessageQueue.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Http;

/// <summary>
/// Decides which web pages may connect. A browser sends the page's origin with a WebSocket handshake but does not check whether the server
/// allows it, so the server must check. Without this, any page that a user visits could talk to a server on the user's own machine.
/// </summary>
internal sealed class OriginPolicy(IEnumerable<string> allowed, ILogger logger)
{
    // Each refused origin is logged once, so that the reason can be found. The limit keeps pages from filling the log.
    private const int MostReported = 100;

    private readonly HashSet<string> _allowed = new(allowed.Select(static origin => origin.TrimEnd('/')), StringComparer.OrdinalIgnoreCase);

    private readonly ConcurrentDictionary<string, bool> _reported = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether pages of every origin may connect.</summary>
    public bool AllowsAll { get; } = allowed.Contains("*");

    /// <summary>Returns whether a request is allowed: it is not from a page, or from a page of this server or of an allowed
    /// origin.</summary>
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
