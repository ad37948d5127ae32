using MessageQueue.Protocol;
using MessageQueue.Tokens;

namespace MessageQueue.Connections;

/// <summary>Whether a client may connect, as which session, and what its token allows it.</summary>
/// <param name="Refusal">Why not; null if it may.</param>
/// <param name="Session">The session; null for one that the server makes.</param>
/// <param name="Grant">What its token allows; null where the app's delegates decide.</param>
internal readonly record struct Admission(CloseReason? Refusal, string? Session = null, TokenGrant? Grant = null)
{
    /// <summary>Returns the refusal of a token.</summary>
    public static Admission Of(TokenError error) => new(error.Kind switch
    {
        TokenErrorKind.Expired => CloseReason.TokenExpired,
        TokenErrorKind.Unavailable => CloseReason.KeysUnavailable,
        _ => CloseReason.TokenRefused(error.Text),
    });
}
