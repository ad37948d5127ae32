using System.Buffers;
using System.Buffers.Text;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using MessageQueue.Transport;

namespace MessageQueue.SocketIO.Engine;

/// <summary>
/// The payloads of long-polling: packets one after the other, separated by U+001E, binary ones as <c>b</c> and base64. Written from frames
/// and read in place, without a copy of the whole.
/// </summary>
internal static class Payload
{
    // A multiple of three bytes, so that the base64 of the parts is that of the whole.
    private const int PartBytes = 3 * 4096;

    /// <summary>Returns the length of the payload of these frames.</summary>
    /// <param name="frames">Whole server frames.</param>
    /// <param name="last">A packet without content to put after them; 0 for none.</param>
    public static long Measure(ReadOnlyMemory<byte> frames, byte last)
    {
        long length = last == 0 ? 0 : 1;
        int packets = last == 0 ? 0 : 1;
        ServerFrames reader = new(frames);
        for (; reader.TryNext(); packets++)
        {
            length += reader.IsBinary ? 1 + Base64.GetMaxEncodedToUtf8Length(reader.Content.Length) : reader.Content.Length;
        }

        return length + Math.Max(0, packets - 1);
    }

    /// <summary>Writes the payload of these frames, in parts, so that little is held beside the frames themselves.</summary>
    /// <param name="writer">Where to write to.</param>
    /// <param name="frames">Whole server frames.</param>
    /// <param name="last">A packet without content to put after them; 0 for none.</param>
    /// <param name="progressed">Called when a part was taken.</param>
    public static async ValueTask WriteAsync(PipeWriter writer, ReadOnlyMemory<byte> frames, byte last, Action progressed)
    {
        bool isFirst = true;
        while (!frames.IsEmpty)
        {
            (ReadOnlyMemory<byte> content, bool isBinary, frames) = Next(frames);
            Separate(writer, ref isFirst);
            if (isBinary)
            {
                Append(writer, EnginePacket.Binary);
            }

            while (!content.IsEmpty)
            {
                ReadOnlyMemory<byte> part = content[..Math.Min(content.Length, PartBytes)];
                Append(writer, part.Span, isBinary);
                content = content[part.Length..];
                if (writer.UnflushedBytes >= OutboundBytes.SliceBytes)
                {
                    await writer.FlushAsync().ConfigureAwait(false);
                    progressed();
                }
            }
        }

        if (last != 0)
        {
            Separate(writer, ref isFirst);
            Append(writer, last);
        }

        await writer.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>Takes the next packet from a payload; the rest is empty after the last one.</summary>
    public static ReadOnlyMemory<byte> TakePacket(ref ReadOnlyMemory<byte> rest, out bool isLast)
    {
        int end = rest.Span.IndexOf(EnginePacket.Separator);
        isLast = end < 0;
        ReadOnlyMemory<byte> packet = isLast ? rest : rest[..end];
        rest = isLast ? default : rest[(end + 1)..];
        return packet;
    }

    /// <summary>
    /// Decodes a packet that begins with <see cref="EnginePacket.Binary"/>, in the place where it is. Returns false if it is not base64.
    /// </summary>
    public static bool TryDecodeBinary(ReadOnlyMemory<byte> packet, out ReadOnlyMemory<byte> data)
    {
        Memory<byte> text = MemoryMarshal.AsMemory(packet[1..]);
        bool isBase64 = Base64.DecodeFromUtf8InPlace(text.Span, out int length) == OperationStatus.Done;
        data = isBase64 ? text[..length] : default;
        return isBase64;
    }

    /// <summary>Whether a packet is text.</summary>
    public static bool IsText(ReadOnlyMemory<byte> packet) => Utf8.IsValid(packet.Span);

    private static (ReadOnlyMemory<byte> Content, bool IsBinary, ReadOnlyMemory<byte> After) Next(ReadOnlyMemory<byte> frames)
    {
        ServerFrames reader = new(frames);
        reader.TryNext();
        return (reader.Content, reader.IsBinary, reader.Rest);
    }

    private static void Separate(PipeWriter writer, ref bool isFirst)
    {
        if (!isFirst)
        {
            Append(writer, EnginePacket.Separator);
        }

        isFirst = false;
    }

    private static void Append(PipeWriter writer, byte value)
    {
        writer.GetSpan(1)[0] = value;
        writer.Advance(1);
    }

    private static void Append(PipeWriter writer, ReadOnlySpan<byte> part, bool isBinary)
    {
        if (!isBinary)
        {
            writer.Write(part);
            return;
        }

        Span<byte> encoded = writer.GetSpan(Base64.GetMaxEncodedToUtf8Length(part.Length));
        Base64.EncodeToUtf8(part, encoded, out _, out int written);
        writer.Advance(written);
    }
}
