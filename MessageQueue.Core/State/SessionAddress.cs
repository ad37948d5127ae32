using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.State;

/// <summary>The names of sessions that have none of their own.</summary>
internal static class SessionAddress
{
    /// <summary>A new secret name: the prefix and 128 random bits.</summary>
    public static string NewAnonymousName() => Names.AnonymousPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <summary>
    /// What others know a session by. A named session's is its name. An anonymous one's name is a secret that resumes it, so others see a
    /// hash of it, which needs no place in the log and is no session's name.
    /// </summary>
    public static string Of(string name) => Names.IsAnonymous(name)
        ? Names.AnonymousPrefix + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 12))
        : name;
}
