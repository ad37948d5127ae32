using System.Buffers;

namespace MessageQueue.Protocol;

/// <summary>
/// Writes names as JSON strings. Escapes only what RFC 8259 section 7 requires: the quotation mark, the backslash and characters below
/// U+0020. Everything else is already valid UTF-8 and stays, so most names are copied unchanged.
/// </summary>
internal static class JsonName
{
    private static readonly SearchValues<byte> Escaped =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    /// <summary>
    /// Returns the length of the name between its quotation marks. It equals the length of the name if nothing needs escaping.
    /// </summary>
    public static int EncodedLength(ReadOnlySpan<byte> name)
    {
        int first = name.IndexOfAny(Escaped);
        if (first < 0)
        {
            return name.Length;
        }

        int length = first;
        foreach (byte value in name[first..])
        {
            length += ShortForm(value) != 0 ? 2 : value < 0x20 ? 6 : 1;
        }

        return length;
    }

    /// <summary>Writes the name without quotation marks and returns its length, which is <see cref="EncodedLength"/>.</summary>
    public static int Encode(ReadOnlySpan<byte> name, Span<byte> destination)
    {
        int written = 0;
        for (int next = name.IndexOfAny(Escaped); next >= 0; next = name.IndexOfAny(Escaped))
        {
            name[..next].CopyTo(destination[written..]);
            written += next;
            written += EncodeByte(name[next], destination[written..]);
            name = name[(next + 1)..];
        }

        name.CopyTo(destination[written..]);
        return written + name.Length;
    }

    private static int EncodeByte(byte value, Span<byte> destination)
    {
        destination[0] = (byte)'\\';
        destination[1] = ShortForm(value);
        if (destination[1] != 0)
        {
            return 2;
        }

        "u00"u8.CopyTo(destination[1..]);
        destination[4] = "0123456789abcdef"u8[value >> 4];
        destination[5] = "0123456789abcdef"u8[value & 0xF];
        return 6;
    }

    private static byte ShortForm(byte value) => value switch
    {
        (byte)'"' => (byte)'"',
        (byte)'\\' => (byte)'\\',
        (byte)'\b' => (byte)'b',
        (byte)'\f' => (byte)'f',
        (byte)'\n' => (byte)'n',
        (byte)'\r' => (byte)'r',
        (byte)'\t' => (byte)'t',
        _ => 0,
    };
}
