using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using System.Text;
using MessageQueue.Protocol;

namespace MessageQueue.SocketIO.Connections;

/// <summary>
/// The reference of a client's event that expects an answer. It brings the answer back to the client's id, and makes a repetition known:
/// <c>ID</c>, or <c>PAGE:ID:HASH</c> for a client whose page is known.
/// </summary>
internal static class CallReference
{
    private const int MaxDigits = 20;
    private const int HashDigits = 16;

    /// <summary>Returns the reference for an event of a client whose repetitions are not recognised.</summary>
    public static ReadOnlyMemory<byte> Write(NameBuffer names, long id)
    {
        Utf8Formatter.TryFormat(id, names.GetSpan(MaxDigits), out int length);
        return names.Take(length);
    }

    /// <summary>Returns the reference for an event that the client sent first with this id.</summary>
    public static ReadOnlyMemory<byte> Write(NameBuffer names, string page, long id, ulong hash)
    {
        Span<byte> span = names.GetSpan(page.Length + MaxDigits + HashDigits + 2);
        int length = Encoding.ASCII.GetBytes(page, span);
        span[length++] = (byte)':';
        Utf8Formatter.TryFormat(id, span[length..], out int digits);
        length += digits;
        span[length++] = (byte)':';
        Utf8Formatter.TryFormat(hash, span[length..], out digits, new('x', HashDigits));
        return names.Take(length + digits);
    }

    /// <summary>Reads the id.</summary>
    public static long ReadId(ReadOnlySpan<byte> reference)
    {
        int colon = reference.IndexOf((byte)':');
        return Utf8Parser.TryParse(reference[(colon + 1)..], out long id, out _) ? id : throw new FormatException("Not a reference.");
    }

    /// <summary>
    /// Returns a hash that tells a client's own events apart. Not against attacks: a client can only deceive itself. The same after a
    /// restart, because references are stored.
    /// </summary>
    public static ulong Hash(ReadOnlySpan<byte> content)
    {
        const ulong Prime = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)content.Length * Prime;
        while (content.Length >= sizeof(ulong))
        {
            hash = Mix(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(content));
            content = content[sizeof(ulong)..];
        }

        foreach (byte value in content)
        {
            hash = Mix(hash ^ value);
        }

        return hash;

        static ulong Mix(ulong value)
        {
            ulong high = Math.BigMul(value, Prime, out ulong low);
            return BitOperations.RotateLeft(high ^ low, 23) + Prime;
        }
    }
}
