using System.Security.Claims;

namespace MessageQueue.Connections;

/// <summary>A client that asks for a session, until it has it or is refused.</summary>
/// <param name="ns">The namespace.</param>
/// <param name="session">The name of the session that it asks for; null for none.</param>
/// <param name="user">The user of its request.</param>
/// <param name="handshake">What it said.</param>
internal sealed class ConnectingClient(string ns, string? session, ClaimsPrincipal user, Handshake handshake)
{
    /// <summary>The namespace.</summary>
    public string Namespace => ns;

    /// <summary>The name of the session that it asks for; null for none.</summary>
    public string? Session => session;

    /// <summary>What it said.</summary>
    public Handshake Handshake => handshake;

    /// <summary>The user. The app's middlewares may set another.</summary>
    public ClaimsPrincipal User { get; set; } = user;

    /// <summary>The app's values for the session; null for none.</summary>
    public Dictionary<string, object?>? Items { get; set; }

    /// <summary>Whether the app's side keeps its namespace for it, until <see cref="ISessionEvents.Settled"/>.</summary>
    public bool HoldsNamespace { get; set; }
}
