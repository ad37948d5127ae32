using System.Buffers.Binary;
using System.Text.Unicode;

namespace MessageQueue.Transport;

/// <summary>
/// Builds the frames that a server sends (RFC 6455 section 5.2): never masked, never fragmented. A frame depends only on its payload, so
/// all connections that get it can share one array.
/// </summary>
internal static class WebSocketFrame
{
    /// <summary>The longest header: two bytes and a length of eight.</summary>
    public const int MaxHeaderBytes = 10;

    /// <summary>The longest control frame: its payload has 125 bytes at most.</summary>
    public const int MaxControlBytes = 2 + MaxControlPayload;

    private const int MaxControlPayload = 125;
    private const int CodeBytes = sizeof(ushort);
    private const byte FinalText = 0x81;
    private const byte FinalBinary = 0x82;
    private const byte FinalClose = 0x88;
    private const byte FinalPong = 0x8A;

    /// <summary>A ping without payload. Any byte from the client is a sign of life, so there is nothing to match.</summary>
    public static ReadOnlySpan<byte> Ping => [0x89, 0x00];

    /// <summary>Returns a whole text frame.</summary>
    public static byte[] BuildText(ReadOnlySpan<byte> payload)
    {
        byte[] frame = GC.AllocateUninitializedArray<byte>(HeaderBytes(payload.Length) + payload.Length);
        int header = WriteHeader(frame, payload.Length, isBinary: false);
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    /// <summary>Returns how many bytes <see cref="WriteHeader"/> writes for a payload of this length.</summary>
    public static int HeaderBytes(int payloadLength) => payloadLength switch
    {
        <= MaxControlPayload => 2,
        <= ushort.MaxValue => 4,
        _ => MaxHeaderBytes,
    };

    /// <summary>Writes the header of a text or binary frame and returns its length, at most <see cref="MaxHeaderBytes"/>.</summary>
    public static int WriteHeader(Span<byte> destination, int payloadLength, bool isBinary)
    {
        int header = HeaderBytes(payloadLength);
        destination[0] = isBinary ? FinalBinary : FinalText;
        switch (header)
        {
            case 2:
                destination[1] = (byte)payloadLength;
                break;
            case 4:
                destination[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)payloadLength);
                break;
            default:
                destination[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(destination[2..], (ulong)payloadLength);
                break;
        }

        return header;
    }

    /// <summary>
    /// Writes a close frame and returns its length, at most <see cref="MaxControlBytes"/>. A reason that is too long is cut, never inside a
    /// character.
    /// </summary>
    public static int WriteClose(Span<byte> destination, int code, string reason)
    {
        Utf8.FromUtf16(reason, destination.Slice(2 + CodeBytes, MaxControlPayload - CodeBytes), out _, out int reasonBytes);
        destination[0] = FinalClose;
        destination[1] = (byte)(CodeBytes + reasonBytes);
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], (ushort)code);
        return 2 + CodeBytes + reasonBytes;
    }

    /// <summary>Writes a pong with the payload of its ping, and returns its length, at most <see cref="MaxControlBytes"/>.</summary>
    public static int WritePong(Span<byte> destination, ReadOnlySpan<byte> payload)
    {
        destination[0] = FinalPong;
        destination[1] = (byte)payload.Length;
        payload.CopyTo(destination[2..]);
        return 2 + payload.Length;
    }
}
