using System.Security.Claims;

namespace MessageQueue.Connections;

/// <summary>What the embedding app lets clients do. An exception counts as a no.</summary>
internal interface IPermissions
{
    /// <summary>Whether every emit is allowed, so that no check is needed.</summary>
    bool EveryoneMayEmit { get; }

    /// <summary>Whether the session may enter the room; null for a session that has no name yet.</summary>
    ValueTask<bool> MayJoinAsync(string ns, string? session, string room, ClaimsPrincipal? user = null);

    /// <summary>
    /// Whether the session may emit to these rooms and sessions, as a stored or a volatile event; null for a request without a session.
    /// </summary>
    ValueTask<bool> MayEmitAsync(
        string ns, string? session, string eventName, IReadOnlyList<string> to, bool isVolatile, ClaimsPrincipal? user = null);
}
