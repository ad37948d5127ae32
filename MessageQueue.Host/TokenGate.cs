using System.Security.Cryptography;
using System.Text;

namespace MessageQueue.Host;

/// <summary>Checks the token that a client presents.</summary>
internal sealed class TokenGate(string token)
{
    private readonly byte[] _expected = Hash(token);

    /// <summary>Returns the gate of a token; null for none.</summary>
    public static TokenGate? Of(string? token) => token is null ? null : new TokenGate(token);

    /// <summary>
    /// Returns whether it is the right token. Takes the same time for every wrong one: hashes have one length, and all of it is compared.
    /// </summary>
    public bool Admits(string? presented) =>
        presented is not null && CryptographicOperations.FixedTimeEquals(Hash(presented), _expected);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
