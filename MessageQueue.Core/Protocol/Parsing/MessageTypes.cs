using System.Text;

namespace MessageQueue.Protocol.Parsing;

/// <summary>The values of <c>type</c>: the names of <see cref="ClientRequestType"/> in lower case.</summary>
internal static class MessageTypes
{
    private static readonly string[] Names = [.. Enum.GetNames<ClientRequestType>().Select(static name => name.ToLowerInvariant())];

    private static readonly byte[][] NamesUtf8 = [.. Names.Select(Encoding.UTF8.GetBytes)];

    /// <summary>All types, for a person who sent another one.</summary>
    public static readonly string All = string.Join(", ", Names);

    /// <summary>Finds the type of this name; returns false if there is none. Case-sensitive, like everything in the protocol.</summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out ClientRequestType type)
    {
        for (int i = 0; i < NamesUtf8.Length; i++)
        {
            if (name.SequenceEqual(NamesUtf8[i]))
            {
                type = (ClientRequestType)i;
                return true;
            }
        }

        type = default;
        return false;
    }
}
