using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.State;

/// <summary>The names and addresses of anonymous sessions.</summary>
internal static class SessionAddress
{
    /// <summary>Returns a new secret name: the prefix and 128 random bits.</summary>
    public static string NewAnonymousName() => Names.AnonymousPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <summary>
    /// Returns the address by which others know a session. For a named session it is the name. The name of an anonymous session is a secret
    /// that resumes it, so its address is a hash of the name, which needs no place in the log and is no session's name.
    /// </summary>
    public static string Of(string name) => Names.IsAnonymous(name)
        ? Names.AnonymousPrefix + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 12))
        : name;
}
