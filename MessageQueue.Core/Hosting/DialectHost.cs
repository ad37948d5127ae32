using MessageQueue.Connections;
using MessageQueue.Http;
using MessageQueue.Transport;
using Microsoft.Extensions.Logging;

namespace MessageQueue.Hosting;

/// <summary>
/// What a server gives to the dialects of other projects, so that the same limits and permissions hold for every client. A dialect asks
/// <paramref name="Origins"/> about a request, counts each connection in <paramref name="Connections"/> from its begin to its end, and
/// gives its <see cref="ClientConnection"/>s the rate of its address.
/// </summary>
/// <param name="Services">The services of connections.</param>
/// <param name="Permissions">What clients may do, among it whether they may connect.</param>
/// <param name="Connections">The open connections; it closes them when the server stops.</param>
/// <param name="Origins">The web pages that may connect.</param>
/// <param name="Addresses">The limits of all connections of one address.</param>
/// <param name="Limits">The limits of one connection.</param>
/// <param name="HandshakeTimeout">How long a client may take to begin.</param>
/// <param name="Heartbeat">The heartbeat of WebSockets.</param>
/// <param name="Logger">The server's logger.</param>
internal sealed record DialectHost(
    ConnectionServices Services, AppPermissions Permissions, OpenConnections Connections, OriginPolicy Origins, AddressLimits Addresses,
    ConnectionLimits Limits, TimeSpan HandshakeTimeout, Heartbeat Heartbeat, ILogger Logger);
