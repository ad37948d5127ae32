using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace MessageQueue.Sessions;

/// <summary>The names of sessions that have none of their own.</summary>
internal static class SessionAddress
{
    /// <summary>What no client may begin a name of its own with.</summary>
    public const char AnonymousPrefix = '~';

    /// <summary>A new secret name: the prefix and 128 random bits.</summary>
    public static string NewAnonymousName() => AnonymousPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    /// <summary>
    /// What others know a session by. A named session's is its name. An anonymous one's name is a secret that resumes it, so others see a hash of it,
    /// which needs no place in the log and is no session's name.
    /// </summary>
    public static string Of(string name) => name.StartsWith(AnonymousPrefix)
        ? AnonymousPrefix + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 12))
        : name;
}
