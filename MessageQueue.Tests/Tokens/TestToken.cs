using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MessageQueue.Tests.Tokens;

/// <summary>Signs tokens with .NET's own cryptography, right and wrong ones.</summary>
internal static class TestToken
{
    /// <summary>The time of <see cref="Infrastructure.ManualTimeProvider"/> at its start, in seconds.</summary>
    public const long Start = 1_767_225_600;

    /// <summary>Returns a token with HS256 and the tests' secret.</summary>
    public static string Hs256(object claims, object? header = null, string secret = TestKeys.Secret) =>
        Sign(header ?? new { alg = "HS256" }, claims, bytes => HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), bytes));

    /// <summary>Returns a token with RS256.</summary>
    public static string Rs256(object claims, RSA? key = null, object? header = null) => Sign(
        header ?? new { alg = "RS256" }, claims,
        bytes => (key ?? TestKeys.Rsa).SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    /// <summary>Returns a token with ES256.</summary>
    public static string Es256(object claims, object? header = null) =>
        Sign(header ?? new { alg = "ES256" }, claims, bytes => TestKeys.Ecdsa.SignData(bytes, HashAlgorithmName.SHA256));

    /// <summary>Returns a token with any header and signature.</summary>
    public static string Sign(object header, object claims, Func<byte[], byte[]> sign)
    {
        string text = $"{Encode(header)}.{Encode(claims)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Encode(object part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
