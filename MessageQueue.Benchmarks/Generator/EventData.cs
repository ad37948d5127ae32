using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>
/// The data of every event: 126 characters, with the quotes of JSON 128 bytes. It begins with a mark and the time at which the event was
/// due, by which a receiver's latency is measured.
/// </summary>
internal static class EventData
{
    private const int DigitCount = 16;

    /// <summary>The data as text, with the time zero.</summary>
    public static readonly string Text = "#T" + new string('0', DigitCount) + new string('x', 126 - 2 - DigitCount);

    private static readonly byte[] Bytes = Encoding.ASCII.GetBytes(Text);

    private static ReadOnlySpan<byte> Mark => "#T"u8;

    /// <summary>The data as bytes.</summary>
    public static ReadOnlySpan<byte> Utf8 => Bytes;

    /// <summary>Writes the time, in ticks of the <see cref="Stopwatch"/>, into a frame that holds the data.</summary>
    public static void Stamp(Span<byte> frame, long timestamp)
    {
        Span<byte> digits = frame.Slice(frame.IndexOf(Mark) + Mark.Length, DigitCount);
        Utf8Formatter.TryFormat(timestamp, digits, out _, new StandardFormat('x', DigitCount));
    }

    /// <summary>Returns the time in a message, or 0 if it has none.</summary>
    public static long TimeOf(ReadOnlySpan<byte> message)
    {
        int mark = message.IndexOf(Mark);
        return mark >= 0 && message.Length - mark >= Mark.Length + DigitCount
            && Utf8Parser.TryParse(message.Slice(mark + Mark.Length, DigitCount), out long time, out _, 'x') ? time : 0;
    }
}
