using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MessageQueue.Tests.Tokens;

/// <summary>Keys of the tests. Made once, because RSA keys take long.</summary>
internal static class TestKeys
{
    /// <summary>A secret for HS256.</summary>
    public const string Secret = "a secret that is longer than thirty-two bytes";

    public static RSA Rsa { get; } = RSA.Create(2048);

    public static RSA OtherRsa { get; } = RSA.Create(2048);

    public static ECDsa Ecdsa { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Returns a JSON Web Key Set.</summary>
    public static string Set(params IEnumerable<string> keys) => $$"""{"keys":[{{string.Join(',', keys)}}]}""";

    /// <summary>Returns a public RSA key.</summary>
    public static string Jwk(RSA rsa, string id, string use = "sig")
    {
        RSAParameters key = rsa.ExportParameters(false);
        (string n, string e) = (Base64Url.EncodeToString(key.Modulus), Base64Url.EncodeToString(key.Exponent));
        return $$"""{"kty":"RSA","kid":"{{id}}","use":"{{use}}","n":"{{n}}","e":"{{e}}"}""";
    }

    /// <summary>Returns a public key of P-256.</summary>
    public static string Jwk(ECDsa ecdsa, string id)
    {
        ECPoint point = ecdsa.ExportParameters(false).Q;
        (string x, string y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        return $$"""{"kty":"EC","crv":"P-256","kid":"{{id}}","alg":"ES256","x":"{{x}}","y":"{{y}}"}""";
    }

    /// <summary>Returns a secret as a JSON Web Key.</summary>
    public static string Jwk(string secret, string id) =>
        $$"""{"kty":"oct","kid":"{{id}}","k":"{{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(secret))}}"}""";
}
