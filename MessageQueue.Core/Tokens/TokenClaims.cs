using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;

namespace MessageQueue.Tokens;

/// <summary>Reads what a token allows from its claims. docs/tokens.md describes them.</summary>
/// <param name="name">The name of the claim that holds the others.</param>
internal sealed class TokenClaims(string name)
{
    private const string Patterns = "a string or an array of strings";

    /// <summary>Reads the claims of a token whose signature was checked. Returns null and the error if one has the wrong type.</summary>
    public TokenGrant? Read(JsonWebToken token, DateTimeOffset expires, out TokenError? error)
    {
        error = null;
        JsonElement claims = default;
        if (token.TryGetPayloadValue(name, out object? value))
        {
            if (value is not JsonElement { ValueKind: JsonValueKind.Object } found)
            {
                error = TokenError.WrongClaim(name, "an object");
                return null;
            }

            claims = found;
        }

        string? subject = string.IsNullOrEmpty(token.Subject) ? null : token.Subject;
        NamePatterns join = ReadNames(claims, "join", ref error) ?? NamePatterns.None;
        (bool mayRead, bool mayWrite) = ReadOperate(claims, ref error);
        TokenGrant grant = new()
        {
            User = UserOf(token),
            Subject = subject,
            Expires = expires,
            Sessions = ReadNames(claims, "session", ref error) ?? (subject is null ? null : NamePatterns.OfName(subject)),
            Namespaces = ReadNames(claims, "namespaces", ref error) ?? NamePatterns.OfName("/"),
            Join = join,
            Watch = ReadNames(claims, "watch", ref error) ?? join,
            Emit = ReadNames(claims, "emit", ref error) ?? NamePatterns.None,
            MayRead = mayRead,
            MayWrite = mayWrite,
        };
        return error is null ? grant : null;
    }

    private NamePatterns? ReadNames(JsonElement claims, string member, ref TokenError? error)
    {
        if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty(member, out JsonElement value))
        {
            return null;
        }

        if (!NamePatterns.TryRead(value, out NamePatterns patterns))
        {
            error ??= TokenError.WrongClaim($"{name}.{member}", Patterns);
        }

        return patterns;
    }

    private (bool MayRead, bool MayWrite) ReadOperate(JsonElement claims, ref TokenError? error)
    {
        if (claims.ValueKind != JsonValueKind.Object || !claims.TryGetProperty("operate", out JsonElement value))
        {
            return (false, false);
        }

        switch (value.ValueKind == JsonValueKind.String ? value.GetString() : null)
        {
            case "read":
                return (true, false);
            case "write":
                return (true, true);
            default:
                error ??= TokenError.WrongClaim($"{name}.operate", "read or write");
                return (false, false);
        }
    }

    private ClaimsPrincipal UserOf(JsonWebToken token) => new(new ClaimsIdentity(
        token.Claims.Where(claim => claim.Type != name), authenticationType: "Bearer", JwtRegisteredClaimNames.Sub, "roles"));
}
