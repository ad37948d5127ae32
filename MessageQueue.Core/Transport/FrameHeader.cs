using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MessageQueue.Transport;

/// <summary>The header of a client's frame (RFC 6455 section 5.2), whose bytes may arrive one by one. Mutable: do not copy it.</summary>
internal struct FrameHeader
{
    public const int Continuation = 0x0;
    public const int Text = 0x1;
    public const int Binary = 0x2;
    public const int Close = 0x8;
    public const int Ping = 0x9;
    public const int Pong = 0xA;

    private const int MaxBytes = 14;
    private const int MaskBytes = 4;

    [InlineArray(MaxBytes)]
    private struct Bytes
    {
        private byte _first;
    }

    private Bytes _bytes;
    private int _count;
    private byte _first;
    private byte _second;

    /// <summary>The length of the payload, once <see cref="HasLength"/>.</summary>
    public ulong Length { get; private set; }

    /// <summary>The mask as four bytes in memory order, once the header is whole; 0 if it has none.</summary>
    public uint Mask { get; private set; }

    /// <summary>Whether the bytes up to the length have arrived, so that the header can be judged. The mask may be missing.</summary>
    public bool HasLength { get; private set; }

    /// <summary>What the frame is: one of the constants, or reserved.</summary>
    public readonly int Opcode => _first & 0xF;

    public readonly bool IsFinal => (_first & 0x80) != 0;

    public readonly bool IsControl => (_first & 0x8) != 0;

    public readonly bool IsMasked => (_second & 0x80) != 0;

    public readonly bool HasReservedBits => (_first & 0x70) != 0;

    /// <summary>Takes bytes up to the end of the header, at least one. Returns whether the header is whole.</summary>
    /// <param name="bytes">The bytes that follow those before.</param>
    /// <param name="taken">How many of them belong to the header.</param>
    public bool Take(ReadOnlySpan<byte> bytes, out int taken)
    {
        HasLength = false;
        if (_count == 0)
        {
            // Nearly always: the whole header has arrived, and is read where it lies.
            taken = Parse(bytes);
            if (taken > 0)
            {
                return true;
            }
        }

        Span<byte> kept = _bytes;
        for (taken = 0; taken < bytes.Length;)
        {
            kept[_count++] = bytes[taken++];
            if (Parse(kept[.._count]) > 0)
            {
                _count = 0;
                return true;
            }
        }

        return false;
    }

    /// <summary>Returns the length of the header, or 0 if it is not whole.</summary>
    private int Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return 0;
        }

        (_first, _second) = (bytes[0], bytes[1]);
        int shortLength = _second & 0x7F;
        int end = shortLength switch { 126 => 2 + sizeof(ushort), 127 => 2 + sizeof(ulong), _ => 2 };
        if (bytes.Length < end)
        {
            return 0;
        }

        HasLength = true;
        Length = shortLength switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            127 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)shortLength,
        };
        Mask = 0;
        if (!IsMasked)
        {
            return end;
        }

        if (bytes.Length < end + MaskBytes)
        {
            return 0;
        }

        Mask = MemoryMarshal.Read<uint>(bytes[end..]);
        return end + MaskBytes;
    }
}
