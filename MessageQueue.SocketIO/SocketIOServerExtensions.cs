using MessageQueue.Hosting;
using MessageQueue.SocketIO;

namespace MessageQueue;

/// <summary>Adds Socket.IO to a self-hosted server.</summary>
public static class SocketIOServerExtensions
{
    /// <summary>
    /// Serves Socket.IO clients (protocol 5) at <c>/socket.io</c> on the port of a self-hosted server, with the sessions, rooms, namespaces
    /// and handlers of the server. Permissions are asked as for clients of the JSON protocol. In an ASP.NET Core app, use
    /// <c>MapSocketIO</c> instead: there this has no effect.
    /// </summary>
    /// <param name="options">The options of the server.</param>
    /// <param name="configure">Sets options of Socket.IO.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static MessageQueueOptions UseSocketIO(this MessageQueueOptions options, Action<SocketIOOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        SocketIOOptions frozen = SocketIOOptions.From(configure);
        options.Dialects.Add(new HostedDialect(SocketIOServer.DefaultPath, core => SocketIOServer.Start(core, frozen)));
        return options;
    }
}
