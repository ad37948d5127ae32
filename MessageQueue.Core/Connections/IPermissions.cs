using System.Security.Claims;

namespace MessageQueue.Connections;

/// <summary>What the embedding app lets clients do. What an implementation throws counts as a no.</summary>
internal interface IPermissions
{
    /// <summary>Whether every emit is allowed, so that nobody needs to be asked.</summary>
    bool EveryoneMayEmit { get; }

    /// <summary>Whether the session, null for one still without a name, may enter the room.</summary>
    ValueTask<bool> MayJoinAsync(string ns, string? session, string room, ClaimsPrincipal? user = null);

    /// <summary>
    /// Whether the session, null for a request without one, may emit to these rooms and sessions, for good or as a volatile event.
    /// </summary>
    ValueTask<bool> MayEmitAsync(string ns, string? session, string eventName, IReadOnlyList<string> to, bool isVolatile, ClaimsPrincipal? user = null);
}
