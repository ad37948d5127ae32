using System.Buffers.Binary;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>Reads the WebSocket frames that a server sends: not masked.</summary>
internal static class FrameReader
{
    /// <summary>The opcode of a ping.</summary>
    public const int Ping = 9;

    /// <summary>The opcode of a close.</summary>
    public const int Close = 8;

    /// <summary>Reads the frame at the beginning of the bytes.</summary>
    /// <returns>False if the frame is not complete yet.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out int opcode, out ReadOnlySpan<byte> payload, out int length)
    {
        payload = default;
        length = 0;
        if (!TryReadHeader(bytes, out opcode, out int header, out long size) || bytes.Length - header < size)
        {
            return false;
        }

        payload = bytes.Slice(header, (int)size);
        length = header + (int)size;
        return true;
    }

    /// <summary>Reads the header at the beginning of the bytes: how long it is, and how long the payload.</summary>
    /// <returns>False if the header is not complete yet.</returns>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, out int opcode, out int header, out long size)
    {
        opcode = bytes.IsEmpty ? 0 : bytes[0] & 0xF;
        header = bytes.Length < 2 ? 2 : bytes[1] switch { < 126 => 2, 126 => 4, _ => 10 };
        bool isWhole = bytes.Length >= header;
        size = !isWhole ? 0 : header switch
        {
            2 => bytes[1],
            4 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
        };
        return isWhole;
    }
}
