using System.Buffers.Binary;

namespace MessageQueue.State.Records;

/// <summary>
/// Writes the fields of a payload, little-endian, into memory of exactly the right size. Keep in sync with docs/records.md.
/// </summary>
internal ref struct PayloadWriter
{
    private readonly Span<byte> _payload;
    private readonly byte[] _array;
    private int _position;

    /// <summary>Writes into an array of its own, which <see cref="Finish"/> returns.</summary>
    public PayloadWriter(int size) => _payload = _array = new byte[size];

    /// <summary>Writes into the caller's memory.</summary>
    public PayloadWriter(Span<byte> payload)
    {
        _payload = payload;
        _array = [];
    }

    /// <summary>Returns the size of a name: its length in two bytes, then its UTF-8.</summary>
    public static int SizeOf(ReadOnlySpan<byte> name) => sizeof(ushort) + name.Length;

    public void Byte(byte value) => _payload[_position++] = value;

    public void UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_payload[_position..], checked((ushort)value));
        _position += sizeof(ushort);
    }

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_payload[_position..], value);
        _position += sizeof(int);
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_payload[_position..], value);
        _position += sizeof(long);
    }

    public void Name(ReadOnlySpan<byte> utf8)
    {
        UInt16(utf8.Length);
        Rest(utf8);
    }

    public void Rest(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_payload[_position..]);
        _position += bytes.Length;
    }

    /// <summary>The position of the next field.</summary>
    public readonly int Position => _position;

    /// <summary>Checks that the payload is complete, and returns the array if the writer made one.</summary>
    public readonly byte[] Finish() => _position == _payload.Length
        ? _array
        : throw new InvalidOperationException($"A payload of {_payload.Length} bytes was filled with {_position}.");
}
