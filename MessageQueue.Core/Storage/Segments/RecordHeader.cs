using System.Buffers.Binary;

namespace MessageQueue.Storage.Segments;

/// <summary>The 32 bytes before every payload. Keep in sync with docs/log-format.md.</summary>
internal readonly record struct RecordHeader(
    uint Length, uint Crc, long Sequence, long Time, uint Batch, byte Type, byte Flags, ushort Version)
{
    public const int Bytes = 32;
    public const int CrcOffset = 4;
    public const byte LastOfBatch = 1;

    /// <summary>A mark, written and synced at a clean close: it proves that everything before it had been synced.</summary>
    public const byte MarkType = 128;

    /// <summary>Written by a repair in place of a record that could not be read.</summary>
    public const byte LostType = 129;

    public bool EndsBatch => (Flags & LastOfBatch) != 0;

    public bool IsOwn => Type >= LogEntry.FirstOwnType;

    /// <summary>The size of the whole record with its padding. A <see cref="long"/>, because a damaged length can have any value.</summary>
    public long RecordBytes => Bytes + (((long)Length + 7) & ~7L);

    public static RecordHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(source),
        BinaryPrimitives.ReadUInt32LittleEndian(source[CrcOffset..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[8..]),
        BinaryPrimitives.ReadInt64LittleEndian(source[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(source[24..]),
        source[28],
        source[29],
        BinaryPrimitives.ReadUInt16LittleEndian(source[30..]));

    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[CrcOffset..], Crc);
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Time);
        BinaryPrimitives.WriteUInt32LittleEndian(target[24..], Batch);
        target[28] = Type;
        target[29] = Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(target[30..], Version);
    }
}
