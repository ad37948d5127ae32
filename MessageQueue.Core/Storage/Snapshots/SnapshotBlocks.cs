using MessageQueue.Storage.Files;

namespace MessageQueue.Storage.Snapshots;

/// <summary>
/// How the content is laid out behind the header: blocks, all but the last of one size, each followed by its checksum. A block's checksum
/// is carried on from the one before, so that blocks in another order, or of another snapshot, are found as well. Keep in sync with
/// docs/log-format.md.
/// </summary>
internal static class SnapshotBlocks
{
    /// <summary>Little to hold in memory, much for one system call.</summary>
    public const int ContentBytes = 64 * 1024;

    public const int CrcBytes = sizeof(uint);

    /// <summary>A full block with its checksum.</summary>
    public const int Bytes = ContentBytes + CrcBytes;

    /// <summary>Returns where a block begins.</summary>
    public static long OffsetOf(long block) => SnapshotHeader.Bytes + (block * Bytes);

    /// <summary>Returns the length of a file with so much content; null if no file can be so long.</summary>
    public static long? FileBytes(long contentBytes)
    {
        long blocks = (contentBytes / ContentBytes) + (contentBytes % ContentBytes == 0 ? 0 : 1);
        return contentBytes is >= 0 and < long.MaxValue / 2 ? SnapshotHeader.Bytes + contentBytes + (blocks * CrcBytes) : null;
    }

    public static uint Checksum(uint previous, ReadOnlySpan<byte> content) => Crc32C.Append(previous, content);
}
