using MessageQueue.Host.Settings;

namespace MessageQueue.Host;

/// <summary>
/// Opens the permissions, which the library leaves closed: whoever has the token may connect as any session, join, emit, and operate the
/// server.
/// </summary>
internal static class Permissions
{
    /// <summary>Sets the permissions in the server's options.</summary>
    public static void Open(HostSettings settings)
    {
        TokenGate? gate = settings.Token is string token ? new TokenGate(token) : null;
        settings.Server.AllowEverything();
        settings.Server.AuthorizeConnect = request => ValueTask.FromResult(gate is null || gate.Admits(request.Token));
        settings.Server.AuthorizeOperate = request => ValueTask.FromResult(gate is null || gate.Admits(request.Token));
    }
}
