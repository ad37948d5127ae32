using System.Buffers.Binary;
using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Snapshots;

/// <summary>The first 64 bytes of a snapshot. Keep in sync with docs/log-format.md.</summary>
/// <param name="StoreId">The store that the snapshot belongs to.</param>
/// <param name="Sequence">The sequence of the log at which it was made, which is also the file's name.</param>
/// <param name="Length">The length of its content in bytes, without checksums.</param>
/// <param name="Salt">The seed of the first block's checksum.</param>
internal readonly record struct SnapshotHeader(Guid StoreId, long Sequence, long Length, uint Salt)
{
    public const int Bytes = 64;

    private const uint FormatVersion = 1;
    private const int CrcOffset = Bytes - sizeof(uint);

    private static ReadOnlySpan<byte> Magic => "MQSNAP\r\n"u8;

    public byte[] Encode()
    {
        byte[] bytes = new byte[Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Salt);
        StoreId.TryWriteBytes(bytes.AsSpan(16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(CrcOffset), Crc32C.Append(Crc32C.Seed, bytes.AsSpan(0, CrcOffset)));
        return bytes;
    }

    /// <summary>Decodes the header. Returns the error, or null if there is none.</summary>
    public static string? TryDecode(ReadOnlySpan<byte> bytes, out SnapshotHeader header)
    {
        header = default;
        if (bytes.Length < Bytes)
        {
            return "the snapshot is shorter than its header";
        }

        if (!bytes.StartsWith(Magic))
        {
            return "the header does not begin like that of a snapshot";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcOffset..]) != Crc32C.Append(Crc32C.Seed, bytes[..CrcOffset]))
        {
            return "the header's checksum is wrong";
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != FormatVersion)
        {
            return $"the snapshot has format version {version}, and this build reads version {FormatVersion}";
        }

        header = new SnapshotHeader(
            new Guid(bytes.Slice(16, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
        return null;
    }
}
