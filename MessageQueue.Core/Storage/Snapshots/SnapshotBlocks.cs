using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Snapshots;

/// <summary>
/// The layout of the content after the header: blocks, all of the same size except the last one, each followed by its checksum. The
/// checksum of a block continues that of the block before, so that blocks in the wrong order, or of another snapshot, are detected too.
/// Keep in sync with docs/log-format.md.
/// </summary>
internal static class SnapshotBlocks
{
    /// <summary>Small enough to hold in memory, large enough for few system calls.</summary>
    public const int ContentBytes = 64 * 1024;

    public const int CrcBytes = sizeof(uint);

    /// <summary>The size of a full block with its checksum.</summary>
    public const int Bytes = ContentBytes + CrcBytes;

    /// <summary>Returns the offset of a block.</summary>
    public static long OffsetOf(long block) => SnapshotHeader.Bytes + (block * Bytes);

    /// <summary>Returns the length of a file with this much content; null if no file can be so long.</summary>
    public static long? FileBytes(long contentBytes)
    {
        long blocks = (contentBytes / ContentBytes) + (contentBytes % ContentBytes == 0 ? 0 : 1);
        return contentBytes is >= 0 and < long.MaxValue / 2 ? SnapshotHeader.Bytes + contentBytes + (blocks * CrcBytes) : null;
    }

    public static uint Checksum(uint previous, ReadOnlySpan<byte> content) => Crc32C.Append(previous, content);
}
