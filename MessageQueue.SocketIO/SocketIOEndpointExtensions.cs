using System.Diagnostics.CodeAnalysis;
using MessageQueue;
using MessageQueue.SocketIO;
using MessageQueue.SocketIO.Engine;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps Socket.IO and Engine.IO to paths of an ASP.NET Core app.</summary>
public static class SocketIOEndpointExtensions
{
    /// <summary>
    /// Serves Socket.IO clients (protocol 5) at this path, with the sessions, rooms, namespaces and handlers of the server. Permissions are
    /// asked as for clients of the JSON protocol.
    /// </summary>
    /// <param name="endpoints">The app.</param>
    /// <param name="pattern">A route pattern without a catch-all. Clients use <c>/socket.io</c> unless they are told another path.</param>
    /// <param name="configure">Sets options.</param>
    /// <param name="name">The server's name, if it was added with one.</param>
    /// <returns>A builder that adds conventions to the endpoint.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">There is no such server among the app's services.</exception>
    public static IEndpointConventionBuilder MapSocketIO(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern = SocketIOServer.DefaultPath,
        Action<SocketIOOptions>? configure = null,
        string name = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        SocketIOOptions options = SocketIOOptions.From(configure);
        return EngineEndpoint.Map(endpoints, pattern, name, "Socket.IO", core => SocketIOServer.Start(core, options));
    }

    /// <summary>
    /// Serves Engine.IO clients (protocol 4) at this path: messages both ways over WebSocket or HTTP long-polling, without sessions and
    /// without Socket.IO. They count against the server's limits of connections. Origins have to be allowed in
    /// <see cref="MessageQueueOptions.AllowedOrigins"/>; no other permission is asked.
    /// </summary>
    /// <param name="endpoints">The app.</param>
    /// <param name="pattern">A route pattern without a catch-all, such as <c>/engine.io</c>.</param>
    /// <param name="onMessage">
    /// Handles the messages of a connection, one at a time and in order. What it throws closes the connection and is logged.
    /// </param>
    /// <param name="configure">Sets options; those that only Socket.IO needs have no effect.</param>
    /// <param name="name">The server's name, if it was added with one.</param>
    /// <returns>A builder that adds conventions to the endpoint.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="InvalidOperationException">There is no such server among the app's services.</exception>
    public static IEndpointConventionBuilder MapEngineIO(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        Func<EngineIOConnection, EngineIOMessage, ValueTask> onMessage,
        Action<SocketIOOptions>? configure = null,
        string name = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(onMessage);
        SocketIOOptions options = SocketIOOptions.From(configure);
        return EngineEndpoint.Map(
            endpoints, pattern, name, "Engine.IO", core => new EngineServer(core, options, new RawAcceptor(onMessage)).ServeAsync);
    }
}
