using System.Security.Cryptography;
using System.Text;

namespace MessageQueue.Host;

/// <summary>Lets in whoever presents the token.</summary>
internal sealed class TokenGate(string token)
{
    private readonly byte[] _expected = Hash(token);

    /// <summary>Whether it is the token. Takes the same time whatever is wrong: hashes have one length, and all of it is compared.</summary>
    public bool Admits(string? presented) => presented is not null && CryptographicOperations.FixedTimeEquals(Hash(presented), _expected);

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
