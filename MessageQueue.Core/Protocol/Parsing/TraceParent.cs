using System.Buffers;
using System.Text;

namespace MessageQueue.Protocol.Parsing;

/// <summary>
/// The trace that an event belongs to, as a <c>traceparent</c> of W3C's Trace Context: version, trace, span and flags in hexadecimal
/// digits. What is none is ignored and not refused, as W3C says, so that tracing never affects what is traced.
/// </summary>
internal static class TraceParent
{
    /// <summary>The length of every trace parent, in characters and bytes.</summary>
    public const int Length = 55;

    private const int TraceAt = 3;
    private const int SpanAt = 36;
    private const int FlagsAt = 53;

    private static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789abcdef"u8);

    /// <summary>Returns whether this is a trace parent: not of version ff, and neither trace nor span only zeros.</summary>
    public static bool IsValid(ReadOnlySpan<byte> text) =>
        text.Length == Length
        && text[TraceAt - 1] == '-' && text[SpanAt - 1] == '-' && text[FlagsAt - 1] == '-'
        && IsNumber(text[..(TraceAt - 1)]) && !text.StartsWith("ff"u8)
        && IsNumber(text[TraceAt..(SpanAt - 1)]) && text[TraceAt..(SpanAt - 1)].ContainsAnyExcept((byte)'0')
        && IsNumber(text[SpanAt..(FlagsAt - 1)]) && text[SpanAt..(FlagsAt - 1)].ContainsAnyExcept((byte)'0')
        && IsNumber(text[FlagsAt..]);

    /// <summary>Returns the trace parent as UTF-8; empty if it is none.</summary>
    public static byte[] Encode(string? text)
    {
        if (text is not { Length: Length })
        {
            return [];
        }

        byte[] encoded = Encoding.UTF8.GetBytes(text);
        return IsValid(encoded) ? encoded : [];
    }

    private static bool IsNumber(ReadOnlySpan<byte> digits) => !digits.ContainsAnyExcept(Digits);
}
