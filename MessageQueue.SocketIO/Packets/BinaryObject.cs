using System.Buffers;
using System.Buffers.Text;

namespace MessageQueue.SocketIO.Packets;

/// <summary>Bytes in JSON: <c>{"$binary":"BASE64"}</c>.</summary>
internal static class BinaryObject
{
    /// <summary>The only member's name.</summary>
    public static ReadOnlySpan<byte> Name => "$binary"u8;

    /// <summary>The text before the base64.</summary>
    public static ReadOnlySpan<byte> Start => "{\"$binary\":\""u8;

    /// <summary>The text after the base64.</summary>
    public static ReadOnlySpan<byte> End => "\"}"u8;

    /// <summary>Writes bytes.</summary>
    public static void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        output.Write(Start);
        Span<byte> span = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, span, out _, out int written);
        output.Advance(written);
        output.Write(End);
    }
}
