using System.Security.Claims;

namespace MessageQueue;

/// <summary>A session's request to join a room, or to watch who is there.</summary>
/// <param name="Namespace">The namespace, <c>/</c> or <c>/chat</c>.</param>
/// <param name="Session">The session's name; null where the session is anonymous and does not exist yet.</param>
/// <param name="Room">The room: 1 to 128 characters.</param>
public sealed record JoinRequest(string Namespace, string? Session, string Room)
{
    /// <summary>
    /// The user who opened the connection, as <c>HttpContext.User</c> was then. Not authenticated where the app authenticates nobody.
    /// </summary>
    public ClaimsPrincipal User { get => field ??= new ClaimsPrincipal(new ClaimsIdentity()); init; }
}
