using System.Buffers.Binary;

namespace MessageQueue.SocketIO.Engine;

/// <summary>Reads the whole server frames that were written to a connection, one after the other.</summary>
internal ref struct ServerFrames(ReadOnlyMemory<byte> frames)
{
    private const byte OpcodeMask = 0x0F;
    private const byte BinaryOpcode = 0x02;

    private ReadOnlyMemory<byte> _rest = frames;

    /// <summary>The content of the current frame.</summary>
    public ReadOnlyMemory<byte> Content { get; private set; }

    /// <summary>Whether the current frame is binary.</summary>
    public bool IsBinary { get; private set; }

    /// <summary>The frames after the current one.</summary>
    public readonly ReadOnlyMemory<byte> Rest => _rest;

    /// <summary>Reads the next frame. Returns false if there is none.</summary>
    public bool TryNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = _rest.Span;
        (int header, int length) = bytes[1] switch
        {
            126 => (4, BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])),
            127 => (10, (int)BinaryPrimitives.ReadUInt64BigEndian(bytes[2..])),
            byte small => (2, small),
        };
        IsBinary = (bytes[0] & OpcodeMask) == BinaryOpcode;
        Content = _rest.Slice(header, length);
        _rest = _rest[(header + length)..];
        return true;
    }
}
