using Microsoft.IdentityModel.Tokens;

namespace MessageQueue.Tokens;

/// <summary>The algorithms that tokens may be signed with. <c>none</c> is not among them.</summary>
internal static class TokenAlgorithms
{
    /// <summary>A shared secret.</summary>
    public const string HS256 = SecurityAlgorithms.HmacSha256;

    /// <summary>RSA, PKCS #1.</summary>
    public const string RS256 = SecurityAlgorithms.RsaSha256;

    /// <summary>ECDSA on P-256.</summary>
    public const string ES256 = SecurityAlgorithms.EcdsaSha256;

    /// <summary>The names, for a person.</summary>
    public const string All = "HS256, RS256 or ES256";

    /// <summary>Whether this is one of them. Case-sensitive, as RFC 7515 says.</summary>
    public static bool Has(string? name) => name is HS256 or RS256 or ES256;
}
