using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.State;

/// <summary>The rooms where events go that a session got too often.</summary>
internal static class DeadLetterRoom
{
    /// <summary>The room of all sessions' dead letters.</summary>
    public const string Everyones = Prefix + "*";

    private const string Prefix = "dead:";
    private const int KeptCharacters = 100;

    /// <summary>The room of what the durable handler of an event did not finish.</summary>
    public static string OfHandler(string eventName) => Of("handler:" + eventName);

    /// <summary>
    /// The room of one session's. Of an address with which the name would be too long for a room, the beginning and a hash.
    /// </summary>
    public static string Of(string address)
    {
        string room = Prefix + address;
        if (Names.IsValidRoom(room))
        {
            return room;
        }

        StringBuilder shortened = new(Prefix);
        foreach (Rune rune in address.EnumerateRunes().Take(KeptCharacters))
        {
            shortened.Append(rune.ToString());
        }

        return shortened.Append('~').Append(Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(address)).AsSpan(0, 12))).ToString();
    }
}
