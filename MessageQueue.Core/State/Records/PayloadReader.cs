using System.Buffers.Binary;
using System.Text;

namespace MessageQueue.State.Records;

/// <summary>Reads the fields of a payload in the order in which <see cref="PayloadWriter"/> wrote them.</summary>
/// <remarks>
/// A payload that ends early throws <see cref="ArgumentOutOfRangeException"/>: its checksum was right, so the program that wrote it was
/// wrong.
/// </remarks>
internal ref struct PayloadReader(ReadOnlyMemory<byte> payload)
{
    private readonly ReadOnlySpan<byte> _span = payload.Span;
    private readonly ReadOnlyMemory<byte> _payload = payload;
    private int _position;

    public readonly int Position => _position;

    public byte Byte() => _span[_position++];

    public int UInt16()
    {
        int value = BinaryPrimitives.ReadUInt16LittleEndian(_span[_position..]);
        _position += sizeof(ushort);
        return value;
    }

    public int Int32()
    {
        int value = BinaryPrimitives.ReadInt32LittleEndian(_span[_position..]);
        _position += sizeof(int);
        return value;
    }

    public long Int64()
    {
        long value = BinaryPrimitives.ReadInt64LittleEndian(_span[_position..]);
        _position += sizeof(long);
        return value;
    }

    public ReadOnlyMemory<byte> Name()
    {
        int length = UInt16();
        ReadOnlyMemory<byte> name = _payload.Slice(_position, length);
        _position += length;
        return name;
    }

    public string Text() => Encoding.UTF8.GetString(Name().Span);

    public readonly ReadOnlyMemory<byte> Rest() => _payload[_position..];
}
