using MessageQueue.Host.Settings;
using MessageQueue.SocketIO;

namespace MessageQueue.Host;

/// <summary>Serves Socket.IO clients on the port of the server, which has no app that could answer them.</summary>
internal static class SocketIOSetup
{
    /// <summary>Adds Socket.IO to the server's options, unless a setting says no.</summary>
    /// <exception cref="UsageException">The directory of the client is wrong.</exception>
    public static void Add(HostSettings settings)
    {
        if (settings.NoSocketIO)
        {
            return;
        }

        if (settings.SocketIOClient is { } directory && !Directory.Exists(directory))
        {
            throw new UsageException($"--socketio-client: '{directory}' is not a directory; name dist of npm's socket.io-client");
        }

        settings.Server.UseSocketIO(options => Configure(options, settings));
    }

    // One setting for both protocols, where they have the same thing.
    private static void Configure(SocketIOOptions options, HostSettings settings)
    {
        options.MaxMessageBytes = settings.Server.MaxMessageBytes;
        options.PingInterval = settings.Server.PingInterval;
        // Times that do not fit each other are refused when the server starts, with the names of its own settings.
        TimeSpan timeout = settings.Server.IdleTimeout - settings.Server.PingInterval;
        options.PingTimeout = timeout > TimeSpan.Zero ? timeout : TimeSpan.FromMilliseconds(1);
        options.ClientFiles = settings.SocketIOClient;
        options.AllowAnyNamespace = true;
        options.RoomEvents = true;
    }
}
