using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace MessageQueue.Tokens;

/// <summary>Reads keys from what a file or an address holds: JSON Web Keys, PEM, or a secret.</summary>
internal static class KeyText
{
    /// <summary>
    /// The most keys of one place. A token without <c>kid</c> is tried with every key of its algorithm, and each try costs time.
    /// </summary>
    public const int MaxKeys = 32;

    private const int MinSecretBytes = 32;
    private const int MinRsaBits = 2048;

    /// <summary>Reads the keys of a file.</summary>
    /// <exception cref="FormatException">It holds no key that can be used; the message says why, and holds nothing secret.</exception>
    public static IReadOnlyList<TokenKey> ReadFile(byte[] content)
    {
        string text = Encoding.UTF8.GetString(content);
        return text.AsSpan().TrimStart() is ['{', ..] ? ReadJson(text)
            : text.Contains("-----BEGIN ", StringComparison.Ordinal) ? ReadPem(text)
            : [OfSecret(content.AsSpan().TrimEnd("\r\n"u8).ToArray())];
    }

    /// <summary>Reads a JSON Web Key or a set of them. Keys for other uses and algorithms are left out.</summary>
    /// <exception cref="FormatException">As <see cref="ReadFile"/>.</exception>
    public static IReadOnlyList<TokenKey> ReadJson(string json)
    {
        IEnumerable<JsonWebKey> keys;
        try
        {
            JsonWebKeySet set = new(json);
            keys = set.Keys.Count > 0 ? set.Keys : [new JsonWebKey(json)];
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            // The library's own message repeats the text, which may be a secret key.
            throw new FormatException("it is not a JSON Web Key, and no set of them");
        }

        return Check([.. keys.Where(static key => key.Use is null or "" or "sig").Select(OfJson).OfType<TokenKey>()]);
    }

    /// <summary>Returns the key of a secret.</summary>
    /// <exception cref="FormatException">It is too short.</exception>
    public static TokenKey OfSecret(byte[] secret, string? id = null) => secret.Length >= MinSecretBytes
        ? new TokenKey(TokenAlgorithms.HS256, id, new SymmetricSecurityKey(secret))
        : throw new FormatException($"the secret has {secret.Length} bytes; HS256 needs {MinSecretBytes} or more");

    private static List<TokenKey> ReadPem(string text)
    {
        List<TokenKey> keys = [];
        ReadOnlySpan<char> rest = text;
        try
        {
            while (PemEncoding.TryFind(rest, out PemFields fields))
            {
                keys.Add(OfPem(rest[fields.Label].ToString(), rest[fields.Location].ToString()));
                rest = rest[fields.Location.End..];
            }
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new FormatException("it holds PEM that is no valid public key or certificate");
        }

        return Check(keys);
    }

    private static TokenKey OfPem(string label, string pem)
    {
        if (label == "CERTIFICATE")
        {
            using var certificate = X509Certificate2.CreateFromPem(pem);
            return certificate.GetRSAPublicKey() is { } rsa ? OfRsa(rsa.ExportParameters(false), null)
                : certificate.GetECDsaPublicKey() is { } ecdsa ? OfEcdsa(ecdsa, null)
                : throw new FormatException("it holds a certificate whose key is neither RSA nor P-256");
        }

        if (label.Contains("PRIVATE", StringComparison.Ordinal))
        {
            throw new FormatException("it holds a private key, which only the issuer should have; give the public key");
        }

        return TryReadRsa(pem) is { } parameters ? OfRsa(parameters, null) : OfEcdsa(ReadEcdsa(pem), null);
    }

    private static RSAParameters? TryReadRsa(string pem)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa.ExportParameters(false);
        }
        catch (CryptographicException)
        {
            // "PUBLIC KEY" does not say of which kind.
            return null;
        }
    }

    private static ECDsa ReadEcdsa(string pem)
    {
        var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(pem);
        return ecdsa;
    }

    private static TokenKey? OfJson(JsonWebKey key) => (key.Kty, key.Alg) switch
    {
        ("oct", null or "" or TokenAlgorithms.HS256) => OfSecret(Decode(key.K), NullIfEmpty(key.Kid)),
        ("RSA", null or "" or TokenAlgorithms.RS256) => OfRsa(
            new RSAParameters { Modulus = Decode(key.N), Exponent = Decode(key.E) },
            NullIfEmpty(key.Kid)),
        ("EC", null or "" or TokenAlgorithms.ES256) when key.Crv == "P-256" => OfEcdsa(OfPoint(key), NullIfEmpty(key.Kid)),
        _ => null,
    };

    private static ECDsa OfPoint(JsonWebKey key)
    {
        try
        {
            return ECDsa.Create(new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = new ECPoint { X = Decode(key.X), Y = Decode(key.Y) },
            });
        }
        catch (CryptographicException)
        {
            throw new FormatException("it holds a key of type EC that is no point of P-256");
        }
    }

    private static TokenKey OfRsa(RSAParameters parameters, string? id)
    {
        int bits = (parameters.Modulus?.Length ?? 0) * 8;
        return bits >= MinRsaBits
            ? new TokenKey(TokenAlgorithms.RS256, id, new RsaSecurityKey(parameters))
            : throw new FormatException($"it holds an RSA key of {bits} bits; RS256 needs {MinRsaBits} or more");
    }

    private static TokenKey OfEcdsa(ECDsa ecdsa, string? id) => ecdsa.KeySize == 256
        ? new TokenKey(TokenAlgorithms.ES256, id, new ECDsaSecurityKey(ecdsa))
        : throw new FormatException($"it holds an EC key of {ecdsa.KeySize} bits; ES256 needs P-256");

    private static byte[] Decode(string? text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            throw new FormatException("it holds a key whose numbers are not base64url");
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static List<TokenKey> Check(List<TokenKey> keys) => keys.Count switch
    {
        0 => throw new FormatException($"it holds no key for {TokenAlgorithms.All}"),
        > MaxKeys => throw new FormatException($"it holds {keys.Count} keys; {MaxKeys} are allowed"),
        _ => keys,
    };
}
