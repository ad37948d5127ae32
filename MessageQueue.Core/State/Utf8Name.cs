using System.Text;

namespace MessageQueue.State;

/// <summary>Decodes a name for a look-up without creating a string.</summary>
internal static class Utf8Name
{
    /// <summary>The size of the longest name with an <c>@</c> before it: 128 code points of two UTF-16 units each.</summary>
    public const int MaxChars = 258;

    /// <summary>Returns the name's characters, in <paramref name="buffer"/> if they fit, which they always do for a valid name.</summary>
    public static ReadOnlySpan<char> Decode(ReadOnlySpan<byte> utf8, Span<char> buffer) =>
        Encoding.UTF8.TryGetChars(utf8, buffer, out int written) ? buffer[..written] : Encoding.UTF8.GetString(utf8);
}
