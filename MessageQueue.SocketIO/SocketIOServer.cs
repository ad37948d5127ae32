using MessageQueue.Hosting;
using MessageQueue.SocketIO.Connections;
using MessageQueue.SocketIO.Engine;
using Microsoft.AspNetCore.Http;

namespace MessageQueue.SocketIO;

/// <summary>Puts Socket.IO on a server: Engine.IO, and the dialect on it.</summary>
internal static class SocketIOServer
{
    /// <summary>The path that clients use unless they are told another.</summary>
    public const string DefaultPath = "/socket.io";

    /// <summary>Starts it, and returns what serves its requests.</summary>
    /// <param name="core">The running server.</param>
    /// <param name="options">The options, checked.</param>
    public static RequestDelegate Start(ServerCore core, SocketIOOptions options)
    {
        DialectHost host = core.Dialects;
        SocketIODialect dialect = new(host.Services, host.Permissions.AdmitAsync, options, host.Limits.TimeProvider);
        return new EngineServer(core, options, dialect).ServeAsync;
    }
}
