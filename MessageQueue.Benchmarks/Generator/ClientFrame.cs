using System.Buffers.Binary;
using System.Text;

namespace MessageQueue.Benchmarks.Generator;

/// <summary>
/// Builds the WebSocket frames that a client sends. The mask is zero: the payload can be read and changed in place, and a server unmasks
/// it with the same work as any other.
/// </summary>
internal static class ClientFrame
{
    private const byte Masked = 0x80;

    /// <summary>The answer to a ping without payload.</summary>
    public static readonly byte[] Pong = [0x8A, Masked, 0, 0, 0, 0];

    /// <summary>Returns a whole text frame.</summary>
    public static byte[] Text(string payload) => Build(0x81, Encoding.UTF8.GetBytes(payload));

    /// <summary>Returns a whole binary frame.</summary>
    public static byte[] Binary(ReadOnlySpan<byte> payload) => Build(0x82, payload);

    private static byte[] Build(byte first, ReadOnlySpan<byte> payload)
    {
        int header = payload.Length < 126 ? 6 : 8;
        byte[] frame = new byte[header + payload.Length];
        frame[0] = first;
        if (header == 6)
        {
            frame[1] = (byte)(Masked | payload.Length);
        }
        else
        {
            frame[1] = Masked | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), checked((ushort)payload.Length));
        }

        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }
}
