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
        opcode = 0;
        payload = default;
        length = 0;
        if (bytes.Length < 2)
        {
            return false;
        }

        int header = bytes[1] switch { < 126 => 2, 126 => 4, _ => 10 };
        if (bytes.Length < header)
        {
            return false;
        }

        long size = header switch
        {
            2 => bytes[1],
            4 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
        };
        if (bytes.Length - header < size)
        {
            return false;
        }

        opcode = bytes[0] & 0xF;
        payload = bytes.Slice(header, (int)size);
        length = header + (int)size;
        return true;
    }
}
