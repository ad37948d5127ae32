using System.Security.Claims;

namespace MessageQueue;

/// <summary>A request to emit to rooms or sessions, from a session or from an HTTP request without one.</summary>
/// <param name="Namespace">The namespace, <c>/</c> or <c>/chat</c>.</param>
/// <param name="Session">The session's name; null for an event that is published by an HTTP request without a session.</param>
/// <param name="Event">The event's name: 1 to 128 characters.</param>
/// <param name="To">Rooms, <c>*</c> for everyone, <c>@NAME</c> for a session; at least one.</param>
public sealed record EmitRequest(string Namespace, string? Session, string Event, IReadOnlyList<string> To)
{
    /// <summary>Whether the event is volatile: only for those who are connected now, and never stored.</summary>
    public bool Volatile { get; init; }

    /// <summary>
    /// The user who opened the connection or sent the request, as <c>HttpContext.User</c> was then. Not authenticated where the app
    /// authenticates nobody.
    /// </summary>
    public ClaimsPrincipal User { get => field ??= new ClaimsPrincipal(new ClaimsIdentity()); init; }
}
