using System.Security.Claims;

namespace MessageQueue;

/// <summary>A session that wants to join a room.</summary>
/// <param name="Namespace">The namespace, <c>/</c> or <c>/chat</c>.</param>
/// <param name="Session">The session's name; null while an anonymous one is being made.</param>
/// <param name="Room">Where it wants to be: 1 to 128 characters.</param>
public sealed record JoinRequest(string Namespace, string? Session, string Room)
{
    /// <summary>
    /// Who opened the connection, as <c>HttpContext.User</c> was then. Not authenticated where the app authenticates nobody.
    /// </summary>
    public ClaimsPrincipal User { get => field ??= new ClaimsPrincipal(new ClaimsIdentity()); init; }
}
