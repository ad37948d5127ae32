using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.State;

/// <summary>The rooms for dead letters: events that a session got too often, or that a durable handler did not finish.</summary>
internal static class DeadLetterRoom
{
    /// <summary>The room of all dead letters of a namespace.</summary>
    public const string Everyones = Prefix + "*";

    private const string Prefix = "dead:";
    private const int KeptCharacters = 100;

    /// <summary>Returns the room of the events that the durable handler of this event did not finish.</summary>
    public static string OfHandler(string eventName) => Of("handler:" + eventName);

    /// <summary>
    /// Returns the room of one session's dead letters. If the address would make the name too long for a room, the name holds the start of
    /// the address and a hash.
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

        string hash = Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(address)).AsSpan(0, 12));
        return shortened.Append('~').Append(hash).ToString();
    }
}
