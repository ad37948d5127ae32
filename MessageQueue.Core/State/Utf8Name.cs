using System.Text;

namespace MessageQueue.State;

/// <summary>Looking a name up without making a string of it.</summary>
internal static class Utf8Name
{
    /// <summary>Room for the longest name with an <c>@</c> before it: 128 code points of two UTF-16 units each.</summary>
    public const int MaxChars = 258;

    /// <summary>The name's characters, in <paramref name="buffer"/> where it fits (always, for a valid name).</summary>
    public static ReadOnlySpan<char> Decode(ReadOnlySpan<byte> utf8, Span<char> buffer) =>
        Encoding.UTF8.TryGetChars(utf8, buffer, out int written) ? buffer[..written] : Encoding.UTF8.GetString(utf8);
}
