using System.Buffers.Binary;
using System.Security.Cryptography;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Segments;

/// <summary>The first 4 KiB of a segment. Keep in sync with docs/log-format.md.</summary>
/// <param name="StoreId">The store that the segment belongs to.</param>
/// <param name="FirstSequence">The sequence of the first record, which is also the file's name.</param>
/// <param name="Created">The time at which the segment was started, in milliseconds since the Unix epoch.</param>
/// <param name="Salt">The seed of the records' checksums. Never 0, because then a record of zeros would be valid.</param>
/// <param name="SyncedByBatch">Whether every batch was synced before the next was written (<see cref="Durability.Fsync"/>).</param>
/// <param name="Previous">The segment before it, which may have been dropped since.</param>
internal readonly record struct SegmentHeader(
    Guid StoreId, long FirstSequence, long Created, uint Salt, bool SyncedByBatch, SegmentLink Previous)
{
    /// <summary>The size of the header. It has a block of its own, so that no write of records ever touches it.</summary>
    public const int Bytes = 4096;

    private const uint FormatVersion = 1;
    private const uint NotSyncedByBatch = 1;
    private const int CrcOffset = Bytes - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "MQSEG\r\n\x1a"u8;

    public static uint NewSalt()
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        uint salt;
        do
        {
            RandomNumberGenerator.Fill(bytes);
            salt = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }
        while (salt == 0);
        return salt;
    }

    public byte[] Encode()
    {
        byte[] block = new byte[Bytes];
        Magic.CopyTo(block);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(12), SyncedByBatch ? 0 : NotSyncedByBatch);
        StoreId.TryWriteBytes(block.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(32), FirstSequence);
        BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(40), Created);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(48), Salt);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(52), Previous.Crc);
        BinaryPrimitives.WriteInt64LittleEndian(block.AsSpan(56), Previous.FirstSequence);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(CrcOffset), Crc32C.Append(Crc32C.Seed, block.AsSpan(0, CrcOffset)));
        return block;
    }

    /// <summary>Decodes the header. Returns the error, or null if there is none.</summary>
    public static string? TryDecode(ReadOnlySpan<byte> block, out SegmentHeader header)
    {
        header = default;
        if (block.Length < Bytes)
        {
            return "the segment is shorter than its header";
        }

        if (!block.StartsWith(Magic))
        {
            return "the header does not begin like that of a segment";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(block[CrcOffset..]) != Crc32C.Append(Crc32C.Seed, block[..CrcOffset]))
        {
            return "the header's checksum is wrong";
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
        if (version != FormatVersion)
        {
            return $"the segment has format version {version}, and this build reads version {FormatVersion}";
        }

        header = new SegmentHeader(
            new Guid(block.Slice(16, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(block[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(block[48..]),
            (BinaryPrimitives.ReadUInt32LittleEndian(block[12..]) & NotSyncedByBatch) == 0,
            new SegmentLink(BinaryPrimitives.ReadInt64LittleEndian(block[56..]), BinaryPrimitives.ReadUInt32LittleEndian(block[52..])));
        return null;
    }
}
